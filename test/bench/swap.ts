/**
 * For how long nobody can connect while two databases change names: `npm run bench:swap`.
 *
 * A small database, clients that connect, ask and go in a loop, restores and undos by turns. Prints what
 * pgkeep says of each swap, and the longest time for which one client was refused.
 */
import {parseArgs} from 'node:util';
import {table} from '../../lib/io/table.ts';
import {makePlace, type Place, pairs} from '../support/faults.ts';
import {withPostgres} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {machineFacts, median} from './measure.ts';

const {values: given} = parseArgs({
  options: {swaps: {type: 'string', default: '20'}, clients: {type: 'string', default: '4'}},
});
const swaps = Number(given.swaps);
const clients = Number(given.clients);

/** Connects, asks and goes until it is told to stop. Gives the longest time without an answer, in milliseconds. */
const client = async (place: Place, {isOver}: {isOver: () => boolean}): Promise<number> => {
  let longest = 0;
  let answeredAt = performance.now();
  let wasRefused = false;
  while (!isOver()) {
    const isServed = await place.sql('SELECT id FROM pair WHERE id = 7').then(
      () => true,
      () => false,
    );
    const now = performance.now();
    if (isServed && wasRefused) longest = Math.max(longest, now - answeredAt);
    if (isServed) answeredAt = now;
    wasRefused = !isServed;
  }
  return longest;
};

const measure = async (place: Place): Promise<string> => {
  let isOver = false;
  const running = Array.from({length: clients}, () => client(place, {isOver: () => isOver}));
  const lasted: number[] = [];
  for (let swap = 0; swap < swaps; swap += 1) {
    const words = swap % 2 === 0 ? ['restore', '--backup', 'latest'] : ['undo'];
    const [verb = '', ...args] = [...words, '--yes', '--json'];
    lasted.push(JSON.parse(ok(await place.run(verb, args))).swapMilliseconds);
    story(`  ${swap + 1}  ${lasted.at(-1)?.toFixed(0)} ms  ${verb}`);
  }
  isOver = true;
  const refused = Math.max(...(await Promise.all(running)));
  const row = (name: string, milliseconds: number, target: number) => [
    name,
    `${milliseconds.toFixed(0)} ms`,
    `${target} ms`,
    milliseconds <= target ? 'met' : 'MISSED',
  ];
  const rows = [
    row('a swap, median', median(lasted), 300),
    row('a swap, the longest', Math.max(...lasted), 300),
    row('a client refused, the longest', refused, 1_000),
  ];
  return table({
    head: [`${swaps} swaps, ${clients} clients`, '', 'target', ''],
    rows,
    right: [1, 2],
  });
};

const answer = (text: string) => process.stdout.write(`${text}\n`);
const story = (text: string) => process.stderr.write(`${text}\n`);

if (!(swaps > 0 && clients > 0)) {
  story('usage: npm run bench:swap -- [--swaps 20] [--clients 4]');
  process.exitCode = 2;
} else
  await withPostgres({settings: {fsync: 'on', synchronous_commit: 'on'}}, async (server) => {
    const place = await makePlace(server, {sql: pairs(20_000)});
    try {
      const told = await measure(place);
      answer([...(await machineFacts(server.binaries)), '', told].join('\n'));
    } finally {
      await place.end();
    }
  });

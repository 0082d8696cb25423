/**
 * What a proven backup costs beside the usual pipe: `npm run bench:backup`.
 *
 * One throw-away server, one database of at least 500 MB; in each round every contender once, so
 * that a busy moment of the machine hits all of them. Prints medians, ratios and their targets.
 * Exit code 0 with the facts, whatever they are; another one only where a run fails.
 */
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import prettyBytes from 'pretty-bytes';
import {table} from '../../lib/io/table.ts';
import {lookUp} from '../../lib/io/tools.ts';
import type {Command} from '../../lib/model/command.ts';
import {type TestServer, testShell, withPostgres} from '../support/postgres.ts';

import {withTempFolder} from '../support/temp-folder.ts';
import {type Measure, machineFacts, median, runPgkeep, runPipe} from './measure.ts';
import {makeSample} from './sample.ts';

type Contender = {
  readonly name: string;
  run(): Promise<Measure>;
  /** The contender it is held against, and how much of its time it may take. */
  readonly target?: {readonly of: string; readonly ratio: number};
};

const {values: given} = parseArgs({
  options: {rounds: {type: 'string', default: '5'}, scale: {type: 'string', default: '1'}},
});
const rounds = Number(given.rounds);
const scale = Number(given.scale);
const memoryTarget = 150e6;
const helpTarget = 0.5;
const gzip = 'pg_dump | gzip';
const floor = 'pg_dump -Fc -Z0 | igzip -1';

const compare = async (server: TestServer, folder: string): Promise<void> => {
  story(`filling the database (scale ${scale}) …`);
  const bytes = await makeSample(server, {database: 'sample', scale});
  story(`${prettyBytes(bytes)}; ${rounds} rounds …`);
  const contenders = contendersOf(server, folder);
  const measures = new Map<string, Measure[]>(contenders.map(({name}) => [name, []]));
  for (let round = 1; round <= rounds; round++)
    for (const {name, run} of contenders) {
      const measure = await run();
      measures.get(name)?.push(measure);
      story(`  ${round}  ${measure.seconds.toFixed(2)} s  ${name}`);
    }
  const facts = await machineFacts(server.binaries);
  answer([...facts, `database of ${prettyBytes(bytes)}, median of ${rounds}`, ''].join('\n'));
  answer(comparison(contenders, measures));
};

const contendersOf = (server: TestServer, folder: string): readonly Contender[] => {
  const dump = (...args: readonly string[]): Command => ({
    file: join(server.binaries, 'pg_dump'),
    args,
    env: {...server.libpq, PGDATABASE: 'sample'},
  });
  const program = (file: string, ...args: readonly string[]): Command => ({file, args, env: {}});
  const backup = async (...flags: readonly string[]): Promise<Measure> => {
    const project = ['--project', folder, '--quiet'];
    const measure = await runPgkeep(['backup', ...project, ...flags], {
      DATABASE_URL: server.url('sample'),
    });
    await rm(join(folder, 'backups'), {recursive: true});
    return measure;
  };
  const all: readonly (Contender | undefined)[] = [
    {name: gzip, run: () => runPipe([dump(), program('gzip')], folder)},
    {name: 'pgkeep backup', run: () => backup(), target: {of: gzip, ratio: 0.65}},
    lookUp(testShell(), 'igzip')
      ? {
          name: floor,
          run: () => runPipe([dump('-Fc', '-Z0'), program('igzip', '-1', '--stdout')], folder),
        }
      : undefined,
    {
      name: 'pgkeep backup --fingerprint rows --verify checksum',
      run: () => backup('--fingerprint', 'rows', '--verify', 'checksum'),
      target: {of: floor, ratio: 1.25},
    },
    {name: 'pgkeep backup --help', run: () => runPgkeep(['backup', '--help'])},
  ];
  return all.flatMap((contender) => contender ?? []);
};

const comparison = (
  contenders: readonly Contender[],
  measures: ReadonlyMap<string, readonly Measure[]>,
): string => {
  const secondsOf = (name: string) => median((measures.get(name) ?? []).map((m) => m.seconds));
  const rows = contenders.map(({name, target}) => {
    const seconds = secondsOf(name);
    const ratio = target ? seconds / secondsOf(target.of) : Number.NaN;
    const peak = Math.max(0, ...(measures.get(name) ?? []).map(({peakBytes = 0}) => peakBytes));
    const isHelp = name.endsWith('--help');
    const within = isHelp ? seconds / helpTarget : ratio / (target?.ratio ?? Number.NaN);
    return [
      name,
      `${seconds.toFixed(2)} s`,
      Number.isNaN(ratio) ? '' : ratio.toFixed(2),
      isHelp ? `${helpTarget} s` : target ? `${target.ratio} of ${target.of}` : '',
      Number.isNaN(within) ? '' : within <= 1 ? 'met' : 'MISSED',
      peak === 0 ? '' : `${prettyBytes(peak)}${peak > memoryTarget ? ', ABOVE 150 MB' : ''}`,
    ];
  });
  const head = ['contender', 'median', 'ratio', 'target', '', 'peak of Node'];
  return table({head, rows, right: [1, 2, 5]});
};

const answer = (text: string) => process.stdout.write(`${text}\n`);
const story = (text: string) => process.stderr.write(`${text}\n`);

if (!(Number.isInteger(rounds) && rounds > 0 && scale > 0)) {
  story('usage: npm run bench:backup -- [--rounds 5] [--scale 1]');
  process.exitCode = 2;
} else await withTempFolder((folder) => withPostgres({}, (server) => compare(server, folder)));

/** Programs and sessions that end before their time, in the middle of a backup. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {DoorResult} from '../support/door.ts';
import {makePlace, type Place, survives, until} from '../support/faults.ts';
import {psql, startPostgres, type TestServer, withPostgres} from '../support/postgres.ts';
import {has} from '../support/require.ts';

const it = suite('killed');

type StandIn = {
  readonly title: string;
  readonly standIns: Readonly<Record<string, string>>;
  readonly facts?: Readonly<Record<string, string>>;
  readonly exit: number;
  readonly says: RegExp;
  readonly args?: readonly string[];
};

const compressors = (standIn: string) =>
  Object.fromEntries(['igzip', 'pigz', 'gzip', 'zstd'].map((name) => [name, standIn]));

const rows: readonly StandIn[] = [
  ...['TERM', 'INT', 'HUP', 'KILL', 'SEGV'].map((signal) => ({
    title: `pg_dump ended by SIG${signal}`,
    standIns: {pg_dump: 'pg_dump-killed'},
    facts: {signal},
    exit: 7,
    says: new RegExp(`pg_dump was ended by SIG${signal}`),
  })),
  ...['TERM', 'KILL'].map((signal) => ({
    title: `the compressor ended by SIG${signal}`,
    standIns: compressors('compressor-killed'),
    facts: {signal},
    exit: 7,
    says: new RegExp(`(igzip|pigz|gzip) was ended by SIG${signal}`),
  })),
  {
    title: 'a pg_dump whose server goes away',
    standIns: {pg_dump: 'pg_dump-failing'},
    exit: 7,
    says: /pg_dump failed with exit code 1[\s\S]*server closed the connection/,
  },
  {
    title: 'a compressor that finds the disk full',
    standIns: compressors('compressor-failing'),
    exit: 7,
    says: /failed with exit code 1[\s\S]*No space left/,
  },
  {
    title: 'a pg_dumpall that may not read the roles',
    standIns: {pg_dumpall: 'pg_dumpall-failing'},
    exit: 7,
    says: /pg_dumpall failed[\s\S]*permission denied/,
  },
  {
    title: 'a pg_dump that hangs and hears no polite signal',
    standIns: {pg_dump: 'pg_dump-deaf'},
    exit: 124,
    says: /nothing moved for 2 s/,
  },
  ...(
    [
      ['writes nothing', 'pg_dump-empty', []],
      ['writes nothing, in plain format', 'pg_dump-empty', ['--format', 'plain']],
      ['is cut off', 'pg_dump-cut', []],
      ['is cut off, in plain format', 'pg_dump-cut', ['--format', 'plain']],
      ['writes through a terminal', 'pg_dump-mangled', []],
    ] as const
  ).map(([what, standIn, args]) => ({
    title: `a pg_dump that ${what} and says that all went well`,
    standIns: {pg_dump: standIn},
    exit: 4,
    says: /the dump failed its check/,
    args,
  })),
  {
    title: 'a compressor that is cut off and says that all went well',
    standIns: compressors('compressor-cut'),
    exit: 4,
    says: /the dump failed its check/,
  },
];

/** Whose session is ended, in what way, and what is paused so that it is there to be found. */
const sessions: readonly {title: string; find: string; how: string}[] = [
  {
    title: 'the session that holds the snapshot is terminated',
    find: `pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')`,
    how: 'pg_terminate_backend',
  },
  {
    title: "pg_dump's session is terminated",
    find: `query ~ '^COPY'`,
    how: 'pg_terminate_backend',
  },
  {
    title: "pg_dump's statement is cancelled",
    find: `query ~ '^COPY'`,
    how: 'pg_cancel_backend',
  },
  {
    title: 'the session that takes digests is terminated',
    find: `query ~ 'hashtextextended'`,
    how: 'pg_terminate_backend',
  },
  {
    title: 'the statement that takes digests is cancelled',
    find: `query ~ 'hashtextextended'`,
    how: 'pg_cancel_backend',
  },
];

const inTheMiddle = async (place: Place, act: () => Promise<unknown>): Promise<DoorResult> => {
  const programs = await place.programs({standIns: {pg_dump: 'pg_dump-paused'}});
  return programs.meanwhile(place.run('backup', [], {env: programs.env}), act);
};

if (has('postgres')) {
  let server: TestServer & {end(): Promise<void>};
  let place: Place;
  let large: Place;
  it.before(async () => {
    server = await startPostgres();
    place = await makePlace(server);
    large = await makePlace(server, {
      sql: `CREATE TABLE wide AS SELECT i AS id, repeat(md5(i::text), 20) AS note FROM generate_series(1, 300000) i`,
    });
  });
  it.after(async () => {
    await Promise.all([place.end(), large.end()]);
    await server.end();
  });

  for (const {title, standIns, facts = {}, args = [], exit, says} of rows)
    it(`publishes nothing and harms nothing: ${title}`, async () => {
      const {env} = await place.programs({standIns, facts});
      const run = () => place.run('backup', args, {env: {...env, PGKEEP_STALL_SECONDS: '2'}});
      await survives(place, run, {exit, says});
    });

  it('takes a good dump although pg_dump says much on stderr', async () => {
    const {env} = await place.programs({standIns: {pg_dump: 'pg_dump-noisy'}});
    assert.is((await place.run('backup', [], {env})).exitCode, 0);
    const drilled = await place.run('verify', ['--level', 'restore']);
    assert.is(drilled.exitCode, 0, drilled.stdout + drilled.stderr);
  });

  for (const {title, find, how} of sessions)
    it(`publishes nothing and harms nothing: ${title}`, async () => {
      const end = async () => {
        const found = `SELECT count(${how}(pid)) FROM pg_stat_activity WHERE datname = '${large.database}' AND ${find}`;
        await until(async () => (await psql(server, found)) !== '0', `a session with ${find}`);
      };
      await survives(large, () => inTheMiddle(large, end), {exit: 7});
    });

  for (const mode of ['immediate', 'fast'] as const)
    it(`publishes nothing when the server is stopped in the middle: ${mode}`, () =>
      withPostgres({}, async (own) => {
        const there = await makePlace(own);
        const run = () => inTheMiddle(there, () => own.stop(mode));
        await survives(there, run, {exit: 7, isServerGone: true});
        await there.end();
      }));
}

it.run();

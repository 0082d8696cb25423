/** Dumps that are no dumps, cut dumps, and dumps that would do harm: refused or harmless, and nothing touched. */
import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {cp, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {makePlace, type Place} from '../support/faults.ts';
import {createDatabase, psql, startPostgres} from '../support/postgres.ts';
import {has} from '../support/require.ts';

const it = suite('a hostile dump');
const run = promisify(execFile);

type Bench = {
  readonly folder: string;
  /** What no dump may make. */
  readonly mark: string;
  /** A whole dump in plain format, custom format, tar, and a folder. */
  readonly plain: string;
  readonly custom: Buffer;
  readonly tar: Buffer;
  readonly directory: string;
};

type Attack = {
  readonly title: string;
  /** Gives the file to restore. */
  readonly make: (bench: Bench) => Promise<string | Buffer>;
  readonly exit: number;
  readonly says: RegExp;
};

const inserted = ({plain}: Bench, text: string) =>
  plain.replace('SET check_function_bodies = false;', (line) => `${line}\n${text}\n`);

const copyOf = async ({folder, directory}: Bench, change: (copy: string) => Promise<unknown>) => {
  const copy = join(folder, 'copy');
  await rm(copy, {recursive: true, force: true});
  await cp(directory, copy, {recursive: true});
  await change(copy);
  return copy;
};

/** The name of the first file of rows in a table of contents, made another of the same length. */
const renamedInToc = async (copy: string, to: (name: string) => string) => {
  const toc = await readFile(join(copy, 'toc.dat'), 'latin1');
  const [name = ''] = /\d+\.dat/.exec(toc) ?? [];
  assert.ok(name.length > 0);
  await writeFile(join(copy, 'toc.dat'), toc.replace(name, to(name)), 'latin1');
};

const notDumps: readonly Attack[] = [
  {
    title: 'a file that is not there',
    make: async () => '/nowhere/dump',
    exit: 2,
    says: /can't be opened/,
  },
  {title: 'a device', make: async () => '/dev/null', exit: 2, says: /neither a file nor a folder/},
  {
    title: 'a FIFO',
    async make({folder}) {
      const path = join(folder, 'fifo');
      await rm(path, {force: true});
      await run('mkfifo', [path]);
      return path;
    },
    exit: 2,
    says: /neither a file nor a folder/,
  },
  {title: 'an empty file', make: async () => Buffer.alloc(0), exit: 4, says: /the file is empty/},
  {
    title: 'PGDMP and nothing else',
    make: async () => Buffer.from('PGDMP'),
    exit: 4,
    says: /ends right there/,
  },
  {
    title: 'zeros',
    make: async () => Buffer.alloc(1_000),
    exit: 4,
    says: /neither an archive nor text/,
  },
  {
    title: 'random bytes',
    make: async () => Buffer.from(Array.from({length: 1_000}, (_, i) => (i * 7919) % 251)),
    exit: 4,
    says: /no dump that can be restored/,
  },
  {
    title: 'any text',
    make: async () => Buffer.from('SELECT 1;\n'),
    exit: 4,
    says: /does not begin as pg_dump/,
  },
  {title: 'an empty gzip', make: async () => gzipSync(''), exit: 4, says: /the file is empty/},
  {
    title: 'a gzip in a gzip',
    make: async ({plain}) => gzipSync(gzipSync(plain)),
    exit: 4,
    says: /compressed twice/,
  },
  {
    title: 'an archive of a version to come',
    async make({custom}) {
      const copy = Buffer.from(custom);
      copy[6] = 99;
      return copy;
    },
    exit: 6,
    says: /an archive of version 1\.99/,
  },
  {
    title: 'a folder without a table of contents',
    make: (bench) => copyOf(bench, (copy) => rm(join(copy, 'toc.dat'))),
    exit: 4,
    says: /no toc\.dat/,
  },
  {
    title: 'a folder that lacks a file',
    make: (bench) =>
      copyOf(bench, async (copy) => {
        const toc = await readFile(join(copy, 'toc.dat'), 'latin1');
        const [name = ''] = /\d+\.dat/.exec(toc) ?? [];
        await rm(join(copy, `${name}.gz`));
      }),
    exit: 4,
    says: /is missing in it/,
  },
];

const cut: readonly Attack[] = [
  {
    title: 'a plain dump cut in the middle',
    make: async ({plain}) => Buffer.from(plain.slice(0, plain.length >> 1)),
    exit: 4,
    says: /is not taken: line \d+: the dump/,
  },
  {
    title: 'a plain dump that a crash closed politely',
    make: async ({plain}) => Buffer.from(`${plain.slice(0, plain.indexOf('\n500\t'))}\n\\.\n`),
    exit: 4,
    says: /the dump has no end/,
  },
  {
    title: 'a gzipped tar file that was cut by hand',
    make: async ({tar}) => gzipSync(tar).subarray(0, 3_000),
    exit: 4,
    says: /can't be read to its end.*take another dump/s,
  },
  {
    title: 'a gzip cut in the middle',
    make: async ({plain}) => gzipSync(plain).subarray(0, 3_000),
    exit: 4,
    says: /gzip failed|igzip failed|is not taken/,
  },
  {
    title: 'a custom archive cut in the middle',
    make: async ({custom}) => custom.subarray(0, custom.length >> 1),
    exit: 4,
    says: /pg_restore failed|is not taken/,
  },
  {
    title: 'a tar cut in a member',
    make: async ({tar}) => tar.subarray(0, tar.length >> 1),
    exit: 4,
    says: /it was cut off/,
  },
  {
    title: 'a tar cut by a kilobyte',
    make: async ({tar}) => tar.subarray(0, tar.length - 1_024),
    exit: 4,
    says: /it was cut off/,
  },
  {
    title: 'a gzipped tar cut by a kilobyte before it was gzipped',
    make: async ({tar}) => gzipSync(tar.subarray(0, tar.length - 1_024)),
    exit: 4,
    says: /no dump that can be restored: it was cut off/,
  },
  {
    title: 'a gzipped tar cut in the gzip',
    make: async ({tar}) => {
      const packed = gzipSync(tar);
      return packed.subarray(0, packed.length >> 1);
    },
    exit: 4,
    says: /gz(ip)? failed with exit code/,
  },
  {
    title: 'a bomb of zeros',
    make: async ({folder, plain}) => {
      const path = join(folder, 'bomb.gz');
      const head = gzipSync(plain.slice(0, 6_000));
      await writeFile(join(folder, 'zeros'), '');
      await truncate(join(folder, 'zeros'), 200 * 1_048_576);
      const {stdout} = await run('gzip', ['-c', '-9', join(folder, 'zeros')], {
        encoding: 'buffer',
        maxBuffer: 1e7,
      });
      await writeFile(path, Buffer.concat([head, stdout]));
      return path;
    },
    exit: 4,
    says: /a NUL byte/,
  },
];

const harmful: readonly Attack[] = [
  ...[
    '\\! touch MARK',
    "\\copy (SELECT 1) TO PROGRAM 'touch MARK'",
    '\\o |touch MARK',
    '\\i /etc/passwd',
    '\\setenv PAGER MARK',
    '\\unrestrict `touch MARK`',
    'SELECT 1 \\g |touch MARK',
  ].map(
    (line): Attack => ({
      title: `plain SQL with ${line}`,
      make: async (bench) => Buffer.from(inserted(bench, line.replace('MARK', bench.mark))),
      exit: 4,
      says: /is not taken: line \d+: a command for psql/,
    }),
  ),
  ...[
    "COPY (SELECT 1) TO PROGRAM 'touch MARK';",
    "CREATE TABLE public.x (a text); COPY public.x FROM PROGRAM 'touch MARK';",
    "ALTER SYSTEM SET archive_command = 'touch MARK';",
    "CREATE FUNCTION public.x() RETURNS integer LANGUAGE c AS '/tmp/x.so', 'x';",
    "CREATE FUNCTION public.x() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER x ON ddl_command_end EXECUTE FUNCTION public.x();",
    "DO $x$ BEGIN COPY (SELECT 1) TO '/MARK'; END $x$;",
    'SET ROLE postgres;',
    'RESET SESSION AUTHORIZATION; SET SESSION AUTHORIZATION postgres;',
    "DO $x$ BEGIN EXECUTE 'ALTER ROLE ' || quote_ident(current_user) || ' SUPERUSER'; END $x$;",
  ].map(
    (line): Attack => ({
      title: `plain SQL with ${line}`,
      make: async (bench) => Buffer.from(inserted(bench, line.replace(/\/?MARK/, bench.mark))),
      exit: 7,
      says: /permission denied|must be superuser|Must be superuser|must have admin/i,
    }),
  ),
  {
    title: 'a folder whose table of contents names a file outside',
    make: (bench) =>
      copyOf(bench, (copy) => renamedInToc(copy, (name) => `../${'x'.repeat(name.length - 3)}`)),
    exit: 4,
    says: /its table of contents names '\.\.\/x/,
  },
  {
    title: 'a folder with a link',
    make: (bench) =>
      copyOf(bench, async (copy) => {
        await rm(join(copy, 'toc.dat'));
        await symlink(join(bench.directory, 'toc.dat'), join(copy, 'toc.dat'));
      }),
    exit: 4,
    says: /no ordinary file/,
  },
  {
    title: 'a folder with a file that pg_dump does not make',
    make: (bench) => copyOf(bench, (copy) => writeFile(join(copy, 'blobs.toc.gz'), '')),
    exit: 4,
    says: /which pg_dump does not put there/,
  },
  {
    title: 'a folder whose list of large objects names a file outside',
    make: (bench) => copyOf(bench, (copy) => writeFile(join(copy, 'blobs.toc'), '1 ../secret\n')),
    exit: 4,
    says: /names '\.\.\/secret'/,
  },
  {
    title: 'a gzipped tar with a member that pg_dump does not write',
    make: async ({tar}) => {
      const copy = Buffer.from(tar);
      const at = copy.indexOf('restore.sql');
      copy.write('restore.sqx', at, 'latin1');
      const sum =
        Number.parseInt(copy.toString('latin1', at + 148, at + 156), 8) +
        'x'.charCodeAt(0) -
        'l'.charCodeAt(0);
      copy.write(sum.toString(8).padStart(7, '0'), at + 148, 'latin1');
      return gzipSync(copy);
    },
    exit: 4,
    says: /it has a member 'restore\.sqx'/,
  },
  {
    title: 'a tar with a member outside',
    make: async ({folder}) => {
      await mkdir(join(folder, 'in'), {recursive: true});
      await writeFile(join(folder, 'in', 'toc.dat'), 'PGDMP');
      await writeFile(join(folder, 'out'), 'x');
      await run(
        'tar',
        ['--format=ustar', '-P', '-cf', join(folder, 'evil.tar'), 'toc.dat', '../out'],
        {cwd: join(folder, 'in')},
      );
      return join(folder, 'evil.tar');
    },
    exit: 4,
    says: /it has a member '\.\.\/out'/,
  },
];

if (has('postgres')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let place: Place;
  let bench: Bench;

  it.before(async () => {
    server = await startPostgres();
    await psql(server, 'CREATE ROLE keeper LOGIN');
    const sql =
      'CREATE TABLE t AS SELECT i AS id, md5(i::text) AS note FROM generate_series(1, 1000) i;';
    place = await makePlace(server, {sql, withOlderSet: false});
    await psql(server, `ALTER DATABASE ${place.database} OWNER TO keeper`);
    const folder = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
    const env = {...process.env, ...server.libpq, PGDATABASE: place.database};
    const dump = async (...flags: readonly string[]) =>
      (
        await run(`${server.binaries}/pg_dump`, [...flags], {
          env,
          encoding: 'buffer',
          maxBuffer: 1e8,
        })
      ).stdout;
    const directory = join(folder, 'directory');
    await dump('--format=directory', `--file=${directory}`);
    bench = {
      ...{folder, directory, mark: join(folder, 'mark')},
      plain: (await dump()).toString('utf8'),
      custom: await dump('--format=custom'),
      tar: await dump('--format=tar'),
    };
  });
  it.after(async () => {
    await place?.end();
    if (bench) await rm(bench.folder, {recursive: true, force: true});
    await server?.end();
  });

  const state = () =>
    psql(
      server,
      `SELECT string_agg(datname, ',' ORDER BY oid) FROM pg_database; SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles`,
    );
  const restored = async (path: string, flags: readonly string[] = []) =>
    place.run('restore', ['--yes', '--jobs', '1', '--backup-file', path, ...flags]);

  for (const {title, make, exit, says} of [...notDumps, ...cut, ...harmful])
    it(`refuses it and touches nothing: ${title}`, async () => {
      const made = await make(bench);
      const path = typeof made === 'string' ? made : join(bench.folder, 'dump');
      if (typeof made !== 'string') await writeFile(path, made);
      const before = await state();
      const {exitCode, stdout, stderr} = await restored(path);
      assert.is(exitCode, exit, stdout + stderr);
      assert.ok(says.test(stderr), stderr);
      if (exit === 4) assert.ok(stderr.includes(`'${path}`), stderr);
      if (exit === 4) assert.match(stderr, /nothing was (touched|changed)|nothing of it was run/);
      assert.not.match(stderr, /^ +at .*\.ts:\d+/m);
      assert.not.ok(existsSync(bench.mark));
      assert.is(await state(), before);
      assert.is(await place.sql('SELECT count(*) FROM t'), '1000');
    });

  it('runs what an archive brings along with no more rights than its own database', async () => {
    const {database} = place;
    await createDatabase(server, `${database}_evil`, {
      sql: `CREATE TABLE t (); CREATE FUNCTION harm() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN COPY (SELECT 1) TO PROGRAM 'touch ${bench.mark}'; RETURN 1; END $$; CREATE MATERIALIZED VIEW m AS SELECT public.harm() AS a WITH NO DATA;`,
    });
    await psql(server, "UPDATE pg_class SET relispopulated = true WHERE relname = 'm'", {
      database: `${database}_evil`,
    });
    const env = {...process.env, ...server.libpq, PGDATABASE: `${database}_evil`};
    const path = join(bench.folder, 'evil.dump');
    await run(`${server.binaries}/pg_dump`, ['-Fc', '-f', path], {env});
    const before = await state();
    const {exitCode, stderr} = await restored(path);
    assert.is(exitCode, 7, stderr);
    assert.ok(/COPY to or from an external program/.test(stderr), stderr);
    assert.not.ok(existsSync(bench.mark));
    assert.is(await state(), before);
  });

  it('gives no dump to a superuser, but by --trust', async () => {
    const path = join(bench.folder, 'whole.dump');
    await writeFile(path, bench.custom);
    const {exitCode, stderr} = await restored(path, ['--into', 'fresh']);
    assert.is(exitCode, 6, stderr);
    assert.match(stderr, /would belong to 'postgres', a superuser/);
  });

  it('leaves no role behind when it is killed: the next restore clears up', async () => {
    const programs = await place.programs({standIns: {vacuumdb: 'vacuumdb-paused'}});
    const path = join(bench.folder, 'killed.dump');
    await writeFile(path, bench.custom);
    let pid = 0;
    const onStart = (started: number) => {
      pid = started;
    };
    const args = ['--yes', '--backup-file', path];
    const running = place.run('restore', args, {env: programs.env, onStart});
    const roles = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'pgkeep_restore_%'";
    await programs.meanwhile(running, async () => {
      assert.is(await psql(server, roles), '1');
      process.kill(pid, 'SIGKILL');
    });
    assert.is(await psql(server, roles), '1');
    const {exitCode, stderr} = await restored(path);
    assert.is(exitCode, 0, stderr);
    assert.is(await psql(server, roles), '0');
    assert.is(await place.sql('SELECT count(*) FROM t'), '1000');
  });

  it('loads plain SQL with no psql that a dump can talk into commands', async () => {
    const programs = await place.programs({standIns: {pg_dump: 'pg_dump-vulnerable'}});
    const path = join(bench.folder, 'whole.sql');
    await writeFile(path, bench.plain);
    const args = ['--yes', '--backup-file', path];
    const {exitCode, stderr} = await place.run('restore', args, {env: programs.env});
    assert.is(exitCode, 6, stderr);
    assert.match(stderr, /psql 15\.18 has CVE-2026-18408/);
  });
}

it.run();

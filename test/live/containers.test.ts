/** Tools and drills inside containers: PostgreSQL 15 and 17 as services of compose and as images. */
import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {readdir, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {promisify} from 'node:util';
import {gunzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {isDead} from '../../lib/io/containers.ts';
import {advisoriesFor, parseVersion} from '../../lib/model/version.ts';
import {password, startCompose} from '../support/compose.ts';
import {areContainersReady, imageOf} from '../support/containers.ts';
import type {DoorResult} from '../support/door.ts';
import {until} from '../support/faults.ts';
import {createDatabase, startPostgres} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {has, isRequired, skip} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('containers');
const run = promisify(execFile);

/** Bytes that a terminal would change, or that would change a terminal. */
const trap = `CREATE TABLE bytes (id int PRIMARY KEY, note text, raw bytea);
  INSERT INTO bytes SELECT i, E'line\\nfeed\\r\\n\\004\\021\\023' || chr(i), decode(repeat(lpad(to_hex(i), 2, '0'), 50), 'hex')
  FROM generate_series(1, 255) i; CREATE SEQUENCE ticket; CREATE ROLE reader; GRANT SELECT ON bytes TO reader;`;

const manifestOf = (result: DoorResult) => JSON.parse(ok(result)).manifest;
/** Id and owner of every container that pgkeep has started. */
const started = async (): Promise<readonly (readonly string[])[]> => {
  const words = ['ps', '--all', '--filter', 'label=pgkeep.scratch'];
  const format = '--format={{.ID}} {{.Label "pgkeep.scratch"}}';
  const {stdout} = await run('docker', [...words, format]);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '));
};

/** Those of runs that have ended; another test's may be at work beside. */
const helpers = async () =>
  (await started()).flatMap(([id, owner = '']) => (isDead(owner) ? [id] : [])).join('\n');

const whereUp = (): boolean => {
  if (!has('docker')) return false;
  if (areContainersReady()) return true;
  const why = 'no compose plugin or test images here: PGKEEP_TEST_REQUIRE=docker makes them';
  if (isRequired('docker')) throw new Error(why);
  skip(why);
  return false;
};

if (has('postgres') && whereUp()) {
  const place = await startCompose({old: 15, new: 17, postgres: 17});
  it.after(() => place.end());
  for (const service of ['old', 'new']) await place.sql(service, trap);
  const inside = (service: string) => `postgres://app:${password}@${service}/app`;
  const published = async (service: string, database = 'app') =>
    `postgres://app:${password}@127.0.0.1:${await place.port(service)}/${database}`;

  for (const [service, major] of [
    ['old', 15],
    ['new', 17],
  ] as const) {
    const places: readonly [tools: string, url: () => string | Promise<string>][] = [
      [`compose:${service}`, () => inside(service)],
      [`image:${imageOf(major)}`, () => published(service)],
    ];
    for (const [tools, url] of places)
      it(`backs up, verifies and drills PostgreSQL ${major} with ${tools.replace(/-\w+$/, '')}`, async () => {
        const env = {
          PGKEEP_TOOLS: tools,
          PGKEEP_BACKUPS: join(place.project, `${tools.slice(0, 5)}${major}`),
        };
        const options = {url: await url(), env};
        const made = manifestOf(await place.run('backup', ['--json'], options));
        assert.is(made.client.version.split('.')[0], String(major));
        assert.is(made.tables[0].rows, 255);
        for (const level of ['checksum', 'archive', 'restore']) {
          const args = ['latest', '--database=app', '--level', level, '--json'];
          const [{verdict}] = JSON.parse(ok(await place.run('verify', args, {env})));
          assert.is(verdict, 'intact', level);
        }
        assert.equal(await place.strangersIn(service), [], 'no program is left in the service');
        assert.is(await helpers(), '', 'no container is left');
      });
  }

  it('finds the service by itself: a name that this host does not know, or a server newer than its tools', async () => {
    for (const url of [inside('new'), await published('postgres')]) {
      const result = await place.run('backup', ['--json', '--no-prune'], {url});
      assert.is(manifestOf(result).client.version.split('.')[0], '17');
      assert.match(result.stderr, /with pg_dump 17\.\S+ in the service '(new|postgres)'/);
    }
  });

  it('keeps every byte: the dump through a container is the dump of this host', async () => {
    const url = await published('old');
    const dumpOf = async (tools: string) => {
      const env = {
        PGKEEP_TOOLS: tools,
        PGKEEP_BACKUPS: join(place.project, `bytes-${tools.slice(0, 5)}`),
      };
      const args = ['--json', '--format', 'plain', '--compress', 'gzip:1'];
      const {folder} = JSON.parse(ok(await place.run('backup', args, {url, env})));
      const text = gunzipSync(readFileSync(join(folder, 'database.sql.gz'))).toString('latin1');
      // Another key and another minor every time.
      const body = text.replace(/^(\\(un)?restrict .*|-- Dumped (by|from) .*)$/gm, '');
      return createHash('sha256').update(body, 'latin1').digest('hex');
    };
    const local = await dumpOf('local');
    assert.is(await dumpOf('compose:old'), local);
    assert.is(await dumpOf(`image:${imageOf(15)}`), local);
  });

  it('writes directory format by an image as the owner of the backups, and refuses it in a service', async () => {
    const url = await published('old');
    const args = ['--json', '--format=directory', '--jobs=2'];
    const env = {
      PGKEEP_TOOLS: `image:${imageOf(15)}`,
      PGKEEP_BACKUPS: join(place.project, 'folders, "odd"'),
    };
    const {folder, manifest} = JSON.parse(ok(await place.run('backup', args, {url, env})));
    for (const {name} of manifest.files) {
      const {uid, mode} = await stat(join(folder, name));
      assert.equal([uid, mode & 0o777], [process.getuid?.(), 0o600], name);
    }
    const drill = ['latest', '--database=app', '--level=restore', '--json'];
    const [{verdict}] = JSON.parse(ok(await place.run('verify', drill, {env})));
    assert.is(verdict, 'intact');
    const backups = join(place.project, 'refused');
    const refused = await place.run('backup', args, {
      url,
      env: {PGKEEP_TOOLS: 'compose:old', PGKEEP_BACKUPS: backups},
    });
    assert.is(refused.exitCode, 6, refused.stdout);
    assert.match(refused.stdout, /use --format custom, or PGKEEP_TOOLS=image:NAME/);
    assert.not.ok(existsSync(backups), 'nothing was made');
  });

  it('reaches a socket and a password file of this host from an image', () =>
    withTempFolder(async (folder) => {
      const server = await startPostgres();
      try {
        await createDatabase(server, 'here', {sql: 'CREATE TABLE t AS SELECT 1 AS i'});
        const env = {PGKEEP_TOOLS: `image:${imageOf(15)}`, PGKEEP_BACKUPS: join(folder, 'b')};
        const socket = await place.run('backup', ['--json'], {url: server.url('here'), env});
        assert.is(manifestOf(socket).tables.length, 1);
        const passfile = join(folder, 'pass');
        await writeFile(passfile, `*:*:*:*:${password}\n`, {mode: 0o600});
        const url = (await published('old')).replace(`:${password}`, '');
        const all = {...env, PGPASSFILE: passfile};
        assert.is(
          manifestOf(await place.run('backup', ['--json'], {url, env: all})).database,
          'app',
        );
        const lost = {...all, PGKEEP_TOOLS: 'compose:old'};
        const refused = await place.run('backup', [], {url, env: lost});
        assert.is(refused.exitCode, 3, refused.stderr);
        assert.match(refused.stderr, /PGPASSFILE is a file of this host/);
      } finally {
        await server.end();
      }
    }));

  it('backs up several databases in a service', async () => {
    await place.sql('old', 'CREATE DATABASE "two; $(id)"');
    const env = {PGKEEP_TOOLS: 'compose:old', PGKEEP_BACKUPS: join(place.project, 'several')};
    const words = ['--all-databases', '--json'];
    const {databases} = JSON.parse(ok(await place.run('backup', words, {url: inside('old'), env})));
    const names = databases.map(({database}: {database: string}) => database);
    assert.equal(names, ['app', 'postgres', 'two; $(id)']);
  });

  it('restores, restores again and takes back in a service, by itself and by an image', async () => {
    for (const [tools, url] of [
      ['compose:old', inside('old')],
      ['auto', inside('new')],
      [`image:${imageOf(15)}`, await published('old')],
    ] as const) {
      const service = url.includes('@old/') || !url.includes('@new/') ? 'old' : 'new';
      const env = {PGKEEP_BACKUPS: join(place.project, `restored-${tools.slice(0, 5)}`)};
      const run = (verb: string, ...words: readonly string[]) =>
        place.run(verb, [...words, '--tools', tools, '--json'], {url, env});
      const rows = () => place.sql(service, 'SELECT count(*) FROM bytes');
      ok(await run('backup'));
      await place.sql(service, 'DELETE FROM bytes WHERE id > 200');
      ok(await run('restore', '--yes'));
      assert.is(await rows(), '255', tools);
      ok(await run('undo', '--yes'));
      assert.is(await rows(), '200', tools);
      ok(await run('restore', '--yes'));
      assert.is(await helpers(), '', 'no container is left');
    }
  });

  for (const [service, major] of [
    ['old', 15],
    ['new', 17],
  ] as const)
    it(`loads SQL by hand with the tools of ${major} in a container, and says what to do with an archive`, async () => {
      const url = inside(service);
      const env = {PGKEEP_BACKUPS: join(place.project, `by-hand-${major}`)};
      const tools = ['--tools', `compose:${service}`];
      const made = async (...flags: readonly string[]) =>
        JSON.parse(ok(await place.run('backup', ['--json', ...tools, ...flags], {url, env})));
      const restored = (file: string, into: string) => {
        const words = ['--backup-file', file, '--into', into, '--trust', ...tools, '--yes'];
        return place.run('restore', words, {url, env});
      };
      const {folder, manifest} = await made('--format=plain');
      const loaded = await restored(join(folder, 'database.sql.gz'), 'by_hand');
      const psql = parseVersion(manifest.client.version);
      if (psql && advisoriesFor(psql).length > 0) {
        assert.is(loaded.exitCode, 6, loaded.stderr);
        assert.match(loaded.stderr, /has CVE-.*use an image with the newest minor/);
      } else {
        ok(loaded);
        assert.is(await place.sql(service, 'SELECT count(*) FROM bytes', 'by_hand'), '255');
      }
      const archive = join((await made()).folder, 'database.dump.gz');
      const refused = await restored(archive, 'by_hand_too');
      assert.is(refused.exitCode, 6, refused.stderr);
      assert.match(
        refused.stderr,
        /in a container can't see[\s\S]*docker exec -i CONTAINER pg_restore/,
      );
    });

  const faults: readonly [what: string, tools: string, exit: number, says: RegExp][] = [
    [
      'a service that is not there',
      'compose:nowhere',
      6,
      /no container of a service 'nowhere'[\s\S]*new, old, postgres/,
    ],
    [
      'a service with more in its name',
      'compose:old;id',
      3,
      /expected auto, local, compose:SERVICE/,
    ],
    [
      'an image that is not there',
      'image:pgkeep-test/none:1',
      6,
      /not on this host[\s\S]*docker pull/,
    ],
    [
      'a client older than the server',
      `image:${imageOf(15)}`,
      6,
      /server is PostgreSQL 17.*an older pg_dump can't dump[\s\S]*name a service or an image that has the client of major 17/,
    ],
    ['a port of another server', 'compose:old', 6, /'old' does not publish port \d+ of this host/],
  ];
  for (const [what, tools, exit, says] of faults)
    it(`refuses ${what}, and says what to do`, async () => {
      const backups = join(place.project, 'none');
      const env = {PGKEEP_TOOLS: tools, PGKEEP_BACKUPS: backups};
      const {exitCode, stderr} = await place.run('backup', [], {url: await published('new'), env});
      assert.is(exitCode, exit, stderr);
      assert.match(stderr, says);
      assert.not.ok(existsSync(backups), 'nothing was made');
      assert.is(await helpers(), '');
    });

  it('says that docker does not answer, and which programs a container lacks', async () => {
    const url = await published('old');
    const env = {PGKEEP_TOOLS: 'compose:old', DOCKER_HOST: 'unix:///nowhere.sock'};
    const away = await place.run('backup', [], {url, env});
    assert.is(away.exitCode, 6, away.stderr);
    assert.match(away.stderr, /docker does not answer/);
    await run(
      'docker',
      ['compose', 'exec', '-T', 'postgres', 'sh', '-c', 'mv "$(command -v pg_dump)" /tmp/gone'],
      {cwd: place.project},
    );
    const poor = await place.run('backup', [], {
      url: inside('postgres'),
      env: {PGKEEP_TOOLS: 'compose:postgres'},
    });
    await run(
      'docker',
      [
        'compose',
        'exec',
        '-T',
        'postgres',
        'sh',
        '-c',
        'mv /tmp/gone /usr/lib/postgresql/17/bin/pg_dump',
      ],
      {cwd: place.project},
    );
    assert.is(poor.exitCode, 6, poor.stderr);
    assert.match(poor.stderr, /no pg_dump that works in the service 'postgres'/);
  });

  const waiting = async (service: string) =>
    Number(
      await place.sql(
        service,
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgkeep' AND wait_event_type = 'Lock'",
      ),
    );
  const sessions = async (service: string) =>
    Number(
      await place.sql(
        service,
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgkeep'",
      ),
    );

  /** A table locked by somebody else while `work` runs. */
  const whileLocked = async (service: string, work: () => Promise<void>) => {
    const holder = place
      .sql(service, 'BEGIN; LOCK TABLE bytes; SELECT pg_sleep(60)')
      .catch(() => {});
    try {
      await work();
    } finally {
      await place.sql(
        service,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()",
      );
      await holder;
    }
  };

  const tools = ['compose:old', `image:${imageOf(15)}`];
  for (const place15 of tools)
    for (const [signal, exit] of [
      ['SIGTERM', 143],
      ['SIGKILL', null],
    ] as const)
      it(`leaves nothing at work after ${signal} in a wait for a lock, with ${place15.replace(/-\w+$/, '')}`, () =>
        whileLocked('old', async () => {
          const url = await published('old');
          let pid = 0;
          const env = {PGKEEP_TOOLS: place15, PGKEEP_BACKUPS: join(place.project, 'ended')};
          const running = place.run('backup', [], {
            url,
            env,
            onStart: (started) => (pid = started),
          });
          await until(async () => (await waiting('old')) > 0, 'it waits for the lock', 30_000);
          process.kill(pid, signal);
          const result = await running;
          assert.is(result.exitCode, exit, result.stderr);
          await until(async () => (await sessions('old')) === 0, 'no backend is left', 15_000);
          await until(
            async () => (await place.strangersIn('old')).length === 0,
            'no program is left',
            15_000,
          );
          await until(async () => (await helpers()) === '', 'no container is left', 15_000);
          const sets = await readdir(join(place.project, 'ended/app')).catch(() => []);
          assert.equal(
            sets.filter((name) => /^\d/.test(name)),
            [],
          );
        }));

  it('shows the password in no argument and in nothing that docker inspects', async () => {
    const seen = new Set<string>();
    for (const each of tools) {
      const env = {PGKEEP_TOOLS: each, PGKEEP_BACKUPS: join(place.project, 'secret')};
      const over = new AbortController();
      const looking = look(seen, over.signal);
      await place
        .run('backup', ['--verbose'], {url: await published('old'), env})
        .then((result) => {
          ok(result);
          assert.not.match(result.stdout + result.stderr, new RegExp(password));
        });
      over.abort();
      await looking;
    }
    assert.ok(
      [...seen].some((text) => text.includes('exec')),
      'docker was seen at work',
    );
    assert.ok(
      [...seen].some((text) => text.includes('"Image"')),
      'containers were inspected',
    );
    assert.equal(
      [...seen].filter((text) => text.includes(password)),
      [],
    );
  });

  it('ends none of the server’s own processes: it ran through all of this', async () => {
    for (const service of ['old', 'new', 'postgres'])
      assert.not.match(
        await place.compose('logs', service),
        /terminated by signal|crash of another/,
      );
  });
}

/** Reads every argument list, and what docker says of pgkeep's containers, until it is over. */
const look = async (seen: Set<string>, over: AbortSignal): Promise<void> => {
  while (!over.aborted) {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      } catch {
        // Gone already.
      }
    const ids = (await started()).map(([id = '']) => id);
    if (ids.length > 0)
      seen.add((await run('docker', ['inspect', ...ids]).catch(() => ({stdout: ''}))).stdout);
    await pause(5);
  }
};

it.run();

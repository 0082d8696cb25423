/** A password is seen by nobody: not in arguments, output, errors, manifests or any file. */
import {readdirSync, readFileSync} from 'node:fs';
import {appendFile, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {DoorResult} from '../support/door.ts';
import {as, makePlace, type Place} from '../support/faults.ts';
import {psql, startPostgres} from '../support/postgres.ts';
import {has} from '../support/require.ts';

const it = suite('secrets');

const canary = `C4n4ry-%41 p@:/\\'"$?#&=ü`;
const forms = [
  canary,
  encodeURIComponent(canary),
  encodeURI(canary),
  JSON.stringify(canary).slice(1, -1),
  canary.replaceAll(/[\\:]/g, '\\$&'),
  Buffer.from(canary).toString('base64'),
];
const shows = (text: string) => forms.some((form) => text.includes(form));

type Way = {
  readonly title: string;
  readonly env: (place: Place, password: string) => Promise<Record<string, string>>;
};

const parts = ({server: {libpq}, database}: Place) => ({
  DB_HOST: libpq['PGHOST'] ?? '',
  DB_PORT: libpq['PGPORT'] ?? '',
  DB_USER: 'canary',
  DB_NAME: database,
});

const written = async (place: Place, name: string, text: string): Promise<string> => {
  const file = join(place.project, name);
  await writeFile(file, text, {mode: 0o600});
  return file;
};

const ways: readonly Way[] = [
  {
    title: 'DATABASE_URL',
    env: async (place, password) => as(place, 'canary', password),
  },
  {
    title: 'DB_PASSWORD',
    env: async (place, password) => ({...parts(place), DB_PASSWORD: password}),
  },
  {
    title: 'DB_PASSWORD_FILE',
    env: async (place, password) => ({
      ...parts(place),
      DB_PASSWORD_FILE: await written(place, 'password', `${password}\n`),
    }),
  },
  {
    title: 'PGPASSFILE',
    env: async (place, password) => ({
      ...parts(place),
      PGPASSFILE: await written(
        place,
        'passfile',
        `*:*:*:canary:${password.replaceAll(/[\\:]/g, '\\$&')}\n`,
      ),
    }),
  },
  {
    title: 'the env file',
    env: async (place, password) => {
      const url = as(place, 'canary', password).DATABASE_URL;
      await written(place, '.env', `DATABASE_URL='${url.replaceAll("'", '%27')}'\n`);
      return {};
    },
  },
];

/** Reads the command line of every new process about a thousand times a second while a door runs. */
const watched = async (start: () => Promise<DoorResult>) => {
  const older = new Set(readdirSync('/proc'));
  const run = start();
  const seen = new Set<string>();
  let isOver = false;
  const over = run.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    for (const pid of readdirSync('/proc').filter((name) => !older.has(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      } catch {}
    }
    await new Promise(setImmediate);
  }
  return {result: await over, seen: [...seen]};
};

const filesBelow = async (folder: string) => {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true});
  return entries.map((entry) => join(entry.parentPath, entry.name));
};

const assertHidden = ({result, seen}: Awaited<ReturnType<typeof watched>>) => {
  assert.ok(
    seen.some((words) => /\/psql\0/.test(words)),
    'the watcher saw the tools at work',
  );
  for (const words of seen) assert.not.ok(shows(words), words);
  assert.not.ok(shows(result.stdout), result.stdout);
  assert.not.ok(shows(result.stderr), result.stderr);
};

const assertPrivate = async (backups: string) => {
  for (const path of [backups, ...(await filesBelow(backups))]) {
    const found = await stat(path);
    assert.is((found.mode & 0o777).toString(8), found.isDirectory() ? '700' : '600', path);
    if (found.isDirectory()) continue;
    const bytes = await readFile(path);
    assert.not.ok(shows(bytes.toString('utf8')), path);
    if (path.endsWith('.gz')) assert.not.ok(shows(gunzipSync(bytes).toString('utf8')), path);
  }
};

const underMask = ['/bin/sh', '-c', 'umask 000; exec "$0" "$@"'];

if (has('postgres')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  it.before(async () => {
    server = await startPostgres();
    const password = canary.replaceAll("'", "''");
    await psql(
      server,
      `CREATE ROLE canary LOGIN PASSWORD '${password}'; GRANT pg_read_all_data TO canary`,
    );
    const rules = join(server.folder, 'server/data/pg_hba.conf');
    const others = await readFile(rules, 'utf8');
    await writeFile(rules, 'local all canary scram-sha-256\n');
    await appendFile(rules, others);
    await psql(server, 'SELECT pg_reload_conf()');
  });
  it.after(() => server.end());

  for (const {title, env} of ways)
    it(`hides a password that came by ${title}`, async () => {
      const place = await makePlace(server, {withOlderSet: false});
      const settings = await env(place, canary);
      const run = (...args: string[]) =>
        place.bare('backup', ['--verbose', ...args], {env: settings, under: underMask});
      for (const args of [[], ['--json']]) {
        const good = await watched(() => run(...args));
        assert.is(good.result.exitCode, 0, good.result.stderr);
        assertHidden(good);
      }
      await assertPrivate(place.backups);

      const {env: broken} = await place.programs({standIns: {pg_dump: 'pg_dump-talkative'}});
      for (const args of [[], ['--json']]) {
        const failing = await watched(() =>
          place.bare('backup', ['--verbose', ...args], {env: {...settings, ...broken}}),
        );
        assert.is(failing.result.exitCode, 7, failing.result.stderr);
        assertHidden(failing);
      }
      await place.end();
    });

  it('hides a wrong password too, and does not try it again', async () => {
    const place = await makePlace(server, {withOlderSet: false});
    await psql(server, `ALTER ROLE canary PASSWORD 'another'`);
    for (const args of [[], ['--json'], ['--verbose']]) {
      const env = as(place, 'canary', canary);
      const refused = await watched(() => place.run('backup', args, {env}));
      assert.is(refused.result.exitCode, 6);
      assert.match(refused.result.stdout + refused.result.stderr, 'password authentication failed');
      assert.not.match(refused.result.stderr, 'trying again');
      assertHidden(refused);
    }
    await place.end();
  });
}

it.run();

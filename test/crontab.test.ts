import {execFile} from 'node:child_process';
import {chmod, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {door, repository} from './support/door.ts';
import {createDatabase, withPostgres} from './support/postgres.ts';
import {has} from './support/require.ts';
import {withTempFolder} from './support/temp-folder.ts';

const it = suite('crontab.example');

type Crontab = {
  readonly variables: Readonly<Record<string, string>>;
  /** As cron hands it to the shell: `\%` is a percent sign. */
  readonly commands: readonly string[];
};

const text = await readFile(join(repository, 'crontab.example'), 'utf8');

const parsed = (): Crontab => {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const variables = lines.flatMap((line) => {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value]];
  });
  const commands = lines.flatMap((line) => {
    const [, command] = /^(?:[\d*/,-]+\s+){5}(.+)$/.exec(line) ?? [];
    return command === undefined ? [] : [command];
  });
  assert.is(variables.length + commands.length, lines.length, 'a line is neither');
  return {
    variables: Object.fromEntries(variables),
    commands: commands.map((command) => command.replaceAll('\\%', '%')),
  };
};

const [nightly = '', weekly = ''] = parsed().commands;

/** As cron would, with the example's folders replaced and a `curl` that notes what it was told. */
const asCron = async (command: string, {app}: {app: string}) => {
  const programs = join(app, 'programs');
  await mkdir(programs, {recursive: true});
  await writeFile(join(programs, 'curl'), `#!/bin/sh\nprintf '%s\\n' "$@" >>'${app}/pings'\n`);
  await chmod(join(programs, 'curl'), 0o755);
  const here = command
    .replaceAll('/srv/pgkeep', repository)
    .replaceAll('/srv/app', app)
    .replaceAll('/usr/bin/node', process.execPath);
  const env = {
    ...parsed().variables,
    PATH: `${programs}:${parsed().variables['PATH']}`,
    HOME: app,
    LOGNAME: 'app',
  };
  const result = await new Promise<{code: number | null; output: string}>((resolve) => {
    const child = execFile('/bin/sh', ['-c', here], {cwd: app, env}, (_error, stdout, stderr) =>
      resolve({code: child.exitCode, output: stdout + stderr}),
    );
  });
  return {...result, pings: await readFile(join(app, 'pings'), 'utf8').catch(() => '')};
};

it('escapes every percent sign, and mails from known programs only', () => {
  const jobs = text.split('\n').filter((line) => /^[\d*]/.test(line));
  assert.is(jobs.length, 2);
  for (const job of jobs) assert.not.match(job, /(^|[^\\])%/);
  const {variables} = parsed();
  assert.equal(Object.keys(variables), ['SHELL', 'PATH', 'MAILTO', 'CRON_TZ']);
  assert.ok(variables['PATH']?.split(':').every((folder) => folder.startsWith('/')));
});

it('names scripts and flags that exist', async () => {
  for (const command of [nightly, weekly]) {
    const [, verb = '', words = ''] = /scripts\/(\w+)\.ts (.*?) && curl/.exec(command) ?? [];
    const {stdout} = await door(verb, ['--help']);
    for (const flag of words.match(/--[a-z-]+/g) ?? [])
      assert.ok(stdout.includes(`${flag} `) || stdout.includes(`${flag}\n`), `${verb} ${flag}`);
  }
});

if (has('postgres'))
  it('backs up and drills under /bin/sh, says nothing, and pings after success alone', async () => {
    await withTempFolder(async (app) => {
      const url = await withPostgres({}, async (server) => {
        await createDatabase(server, 'app', {sql: 'CREATE TABLE t AS SELECT 1 AS a'});
        const env = `DATABASE_URL='${server.url('app')}'\nDB_CONNECT_RETRY_MAX_ATTEMPTS=1\n`;
        await writeFile(join(app, '.env'), env, {mode: 0o600});
        const night = await asCron(nightly, {app});
        assert.equal([night.code, night.output], [0, '']);
        assert.match(night.pings, /^backup on \S+ at \d{4}-\d\d-\d\dT[\d:]+Z$/m);
        assert.match(night.pings, /\/pgkeep-backup\n$/);
        const week = await asCron(weekly, {app});
        assert.equal([week.code, week.output], [0, '']);
        assert.match(week.pings, /\/pgkeep-drill\n$/);
        return server.url('app');
      });
      const sets = (await readdir(join(app, 'backups/app'))).filter((name) => /^\d/.test(name));
      assert.is(sets.length, 1);
      const manifest = join(app, 'backups/app', sets[0] ?? '', 'manifest.json');
      assert.is(JSON.parse(await readFile(manifest, 'utf8')).reason, 'scheduled');

      // The server is gone now.
      await writeFile(join(app, 'pings'), '');
      const failed = await asCron(nightly, {app});
      assert.is(failed.code, 6, url);
      assert.match(failed.output, /^error: /m);
      assert.is(failed.pings, '');
    });
  });

it.run();

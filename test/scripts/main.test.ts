import {spawn, spawnSync} from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {userInfo} from 'node:os';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type DoorOptions, type DoorResult, door, loaderFlags, repository} from '../support/door.ts';
import {canInject, othersCanReach} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('doors');

const trialFile = `${repository}test/fixtures/trial.ts`;
const trial = (args: readonly string[], options?: DoorOptions) =>
  withTempFolder((cwd) => door('../test/fixtures/trial', args, {cwd, ...options}));
const settings = (args: readonly string[], options?: DoorOptions) =>
  withTempFolder((cwd) => door('settings', args, {cwd, ...options}));

const exits = ({exitCode, stdout, stderr}: DoorResult, expected: number): void =>
  assert.is(exitCode, expected, `${stdout}${stderr}`);

const misuses: readonly [string, readonly string[], RegExp][] = [
  ['an unknown flag', ['--dry-rum'], /unknown option '--dry-rum'\nhint: did you mean --dry-run\?/],
  ['the beginning of a long flag, misspelt', ['--env-fle'], /hint: did you mean --env-file\?/],
  ['a flag of another verb', ['--retention-days', '3'], /unknown option '--retention-days'/],
  [
    'a flag that is given twice with different values',
    ['--jobs', '2', '--jobs=3'],
    /--jobs is given twice/,
  ],
  ['a missing value', ['--jobs'], /--jobs <N>' argument missing/],
  [
    'a value that begins with a dash',
    ['--file', '-1'],
    /--file: expected a value, got '-1'\nhint: .*--file=-1/,
  ],
  ['a flag in place of a value', ['--file', '--yes'], /--file: expected a value, got '--yes'/],
  [
    'flags that exclude each other',
    ['--data-only', '--schema-only'],
    /--data-only' cannot be used with option '--schema-only'/,
  ],
  ['--quiet with --verbose', ['-q', '-v'], /cannot be used with/],
  [
    'a value out of range',
    ['--limit', '0'],
    /--limit: expected a whole number from 1 to 9, got '0'/,
  ],
  [
    'a setting out of range',
    ['--jobs=0x10'],
    /- --jobs: expected a whole number from 1 to 64, got '0x10'/,
  ],
  ['an empty value', ['--file='], /--file: is empty/],
  ['an argument too many', ['more'], /too many arguments/],
  ['a value for a switch', ['--yes=no'], /yes/],
  ['a folder that is not there', ['--project', 'nowhere'], /there is no folder .*nowhere/],
];

it('refuses flags that do nothing without another one', async () => {
  for (const args of [['--yes'], ['--keep-old-days', '3'], ['--dry-run', '-y']]) {
    const result = await withTempFolder((cwd) => door('prune', args, {cwd}));
    exits(result, 2);
    assert.match(result.stderr, /error: --(yes|keep-old-days) does nothing without --databases/);
  }
  const server = {env: {PGKEEP_KEEP_OLD_DAYS: '3'}};
  exits(await withTempFolder((cwd) => door('prune', [], {cwd, ...server})), 0);
});

for (const [what, args, message] of misuses) {
  it(`refuses ${what} with exit code 2`, async () => {
    const result = await trial(['tell', ...args]);
    exits(result, 2);
    assert.is(result.stdout, '');
    assert.match(result.stderr, message);
    assert.not.match(result.stderr, /^\s+at /m);
  });
}

it('refuses a missing argument with exit code 2', async () => {
  const result = await trial([]);
  exits(result, 2);
  assert.match(result.stderr, "missing required argument 'deed'");
});

it('reads flags of all shapes', async () => {
  const words = [
    '--limit=3',
    '--only',
    'a',
    '--only',
    'b',
    '--file=-x',
    '-ny',
    '--no-prune',
    '--jobs',
    '2',
    '--jobs',
    '2',
  ];
  const {stdout} = await trial(['flags', ...words]);
  const {json, quiet, verbose, ...flags} = JSON.parse(stdout);
  assert.equal(flags, {
    ...{dryRun: true, yes: true, file: '-x', limit: 3, only: ['a', 'b']},
    ...{dataOnly: false, schemaOnly: false, noPrune: true},
  });
  assert.equal([json, quiet, verbose], [false, false, false]);
});

it('prints the answer on stdout and the story on stderr', async () => {
  const {stdout, stderr} = await trial(['tell'], {env: {PGKEEP_TEST_NOW: '2026-11-20T03:15:00Z'}});
  assert.is(stdout, '{"now":"2026-11-20T03:15:00.000Z","jobs":1}\n');
  assert.is(stderr, 'a step\n');
});

it('refuses the time of a test where no test runs', async () => {
  const env = {PGKEEP_TEST_NOW: '2026-11-20T03:15:00Z', PGKEEP_TEST_RUN: ''};
  const {exitCode, stdout, stderr} = await trial(['tell'], {env});
  assert.equal([exitCode, stdout], [3, '']);
  assert.match(stderr, 'error: PGKEEP_TEST_NOW is for the tests of pgkeep alone');
  const bad = await trial(['tell'], {env: {PGKEEP_TEST_NOW: 'yesterday'}});
  assert.is(bad.exitCode, 3);
});

it('tells more under --verbose and LOG_LEVEL=debug, and nothing under --quiet', async () => {
  assert.is((await trial(['tell', '-v'])).stderr, 'a step\na detail\n');
  assert.is((await trial(['tell'], {env: {LOG_LEVEL: 'debug'}})).stderr, 'a step\na detail\n');
  const {stdout, stderr} = await trial(['tell', '--quiet']);
  assert.equal([stdout, stderr], ['', '']);
});

it('answers with one JSON document under --json, under --quiet too', async () => {
  for (const words of [['--json'], ['--json', '--quiet']]) {
    assert.is(JSON.parse((await trial(['tell', ...words, '--jobs=4'])).stdout).jobs, 4);
  }
});

it('writes long answers to their end before it exits, with the code of the answer', async () => {
  const result = await trial(['flood']);
  assert.is(result.exitCode, 5);
  assert.is(result.stdout.length, 2_000_001);
});

const secret = {DB_NAME: 'd', DB_PASSWORD: 's3cret-pässword'};

it('tells errors as what, hint and causes, without secrets or escape sequences', async () => {
  const result = await trial(['refuse'], {env: secret});
  exits(result, 4);
  assert.is(result.stdout, '');
  assert.is(
    result.stderr,
    'error: ***\\u001b[2J does not match\nhint: try another\ncause: *** was read\ncause: deeper\n',
  );
});

it('tells errors as JSON under --json', async () => {
  const {exitCode, stdout, stderr} = await trial(['refuse', '--json'], {env: secret});
  assert.is(exitCode, 4);
  assert.equal(JSON.parse(stdout), {
    error: {
      code: 'notIntact',
      exit: 4,
      message: '***\u001b[2J does not match',
      hint: 'try another',
      cause: '*** was read\ndeeper',
    },
  });
  assert.is(stderr, '');
});

it('tells misuse and faults of settings as JSON too', async () => {
  const usage = JSON.parse((await trial(['tell', '--jbos', '--json'])).stdout);
  assert.equal([usage.error.code, usage.error.exit], ['usage', 2]);
  const {stdout} = await trial(['tell', '--json'], {env: {PGKEEP_JOBS: 'x'}});
  assert.equal(JSON.parse(stdout).error.exit, 3);
});

it('calls a stranger among the errors a bug, with its stack under --verbose only', async () => {
  const plain = await trial(['stumble']);
  exits(plain, 1);
  assert.match(plain.stderr, /^error: x is not a function\nhint: this is a bug/);
  assert.not.match(plain.stderr, /\n\s+at /);
  assert.match((await trial(['stumble', '--verbose'])).stderr, /\n\s+at /);
});

it('makes files that nobody else can read, whatever the umask was', async () => {
  const {stdout} = await trial(['mask']);
  assert.is(JSON.parse(stdout).mask, '77');
});

it('gives tools a built-up environment', async () => {
  const inherited = {
    NODE_OPTIONS: '--no-warnings',
    PGHOST: '/nowhere',
    PGOPTIONS: '-c x=y',
    LC_ALL: 'tr_TR',
  };
  const {stdout} = await trial(['environment'], {env: inherited});
  const names = stdout
    .split('\n')
    .map((line) => line.split('=')[0])
    .filter((name) => name && name !== '_');
  assert.equal(names.sort(), ['HOME', 'LC_ALL', 'PATH', 'PGAPPNAME', 'PGCONNECT_TIMEOUT', 'TZ']);
});

/** Starts the trial door, waits until it is at work, and does something to it. */
const whileAtWork = (
  args: readonly string[],
  disturb: (pid: number) => Promise<unknown> | unknown,
): Promise<DoorResult & {readonly trace: string}> =>
  withTempFolder(async (cwd) => {
    const file = join(cwd, 'trace');
    let pid = 0;
    const running = door('../test/fixtures/trial', [...args, '--file', file], {
      cwd,
      onStart: (started) => {
        pid = started;
      },
    });
    while (!existsSync(file)) await setTimeout(20);
    await setTimeout(200);
    await disturb(pid);
    return {...(await running), trace: readFileSync(file, 'utf8')};
  });

const signals: readonly [NodeJS.Signals, number][] = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
];

for (const [signal, code] of signals) {
  it(`clears up after ${signal} and exits with ${code}`, async () => {
    const result = await whileAtWork(['last'], (pid) => process.kill(pid, signal));
    exits(result, code);
    assert.is(result.stderr, `error: interrupted by ${signal}\n`);
    assert.is(result.trace, 'at work, cleared up, true');
  });
}

it('is not stopped from clearing up by a second Ctrl-C, and says what it does', async () => {
  const result = await whileAtWork(['last'], async (pid) => {
    process.kill(pid, 'SIGINT');
    await setTimeout(200);
    process.kill(pid, 'SIGINT');
  });
  exits(result, 130);
  assert.match(result.stderr, 'already ending: clearing up');
  assert.is(result.trace, 'at work, cleared up, true');
});

it('ends a run that takes longer than --timeout with 124', async () => {
  const result = await whileAtWork(['last', '--timeout', '1s'], () => {});
  exits(result, 124);
  assert.match(result.stderr, 'error: not done within 1.0 s\nhint: ');
  assert.is(result.trace, 'at work, cleared up, true');
});

it('does not wait for its time-out once the verb is done', async () => {
  const startedAt = performance.now();
  exits(await trial(['tell', '--timeout', '60']), 0);
  assert.ok(performance.now() - startedAt < 20_000);
});

it('lets a grave failure be the news, even while it is being ended', async () => {
  exits(await whileAtWork(['grave'], (pid) => process.kill(pid, 'SIGTERM')), 9);
});

it('does not mind a reader that goes away', async () => {
  const child = spawn(process.execPath, [...loaderFlags, trialFile, 'flood'], {cwd: repository});
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal([code, stderr], [5, '']);
});

it('helps with flags, setting names, defaults and exit codes', async () => {
  const result = await trial(['--help']);
  exits(result, 0);
  assert.is(result.stderr, '');
  for (const part of [
    'Usage: pgkeep trial [options] <deed>',
    '--jobs <N>',
    'PGKEEP_JOBS; 1 by default',
    '--timeout <TIME>',
    '-V, --version',
    '143  SIGTERM',
  ]) {
    assert.ok(result.stdout.includes(part), part);
  }
  assert.match((await trial(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

it('shows every setting with its origin, secrets masked', async () => {
  await withTempFolder(async (cwd) => {
    writeFileSync(
      join(cwd, '.env'),
      'PGKEEP_RETENTION_DAYS=14\nDATABASE_URL="postgres://u:s3cret@localhost/app"\n',
      {mode: 0o600},
    );
    const result = await door('settings', ['--json', '--timeout=1h'], {
      cwd,
      env: {PGKEEP_JOBS: '3'},
    });
    exits(result, 0);
    assert.not.match(result.stdout, 's3cret');
    const {settings: rows, connection} = JSON.parse(result.stdout);
    const origins = Object.fromEntries(
      rows.map(({key, value, source}: Record<string, string>) => [key, [value, source]]),
    );
    assert.equal(origins['PGKEEP_RETENTION_DAYS'], ['14', '.env line 1']);
    assert.equal(origins['PGKEEP_JOBS'], ['3', 'environment']);
    assert.equal(origins['PGKEEP_TIMEOUT'], ['1h', 'flag --timeout']);
    assert.equal(origins['PGKEEP_FORMAT'], ['custom', 'default']);
    assert.is(connection.source, 'DATABASE_URL (.env line 2)');
    assert.equal(connection.libpq, {
      PGUSER: 'u',
      PGPASSWORD: '***',
      PGHOST: 'localhost',
      PGDATABASE: 'app',
    });
    const text = await door('settings', [], {cwd});
    assert.match(text.stdout, /^PGPASSWORD +\*\*\* +DATABASE_URL \(\.env line 2\)$/m);
    assert.not.match(text.stdout, 's3cret');
  });
});

it('reads the env file of the project, or the one that is named', async () => {
  await withTempFolder(async (cwd) => {
    mkdirSync(join(cwd, 'app'));
    writeFileSync(join(cwd, 'app', '.env'), 'PGKEEP_JOBS=2\n');
    writeFileSync(join(cwd, 'other.env'), 'PGKEEP_JOBS=5\n');
    const jobs = async (...args: string[]) =>
      JSON.parse((await door('../test/fixtures/trial', ['tell', '--json', ...args], {cwd})).stdout)
        .jobs;
    assert.is(await jobs(), 1);
    assert.is(await jobs('--project', 'app'), 2);
    assert.is(await jobs('--project', 'app', '--env-file', 'other.env'), 5);
  });
});

it('reads secrets from files, and warns of what others can read', async () => {
  await withTempFolder(async (cwd) => {
    writeFileSync(join(cwd, 'password'), 's3cret\n');
    writeFileSync(join(cwd, '.env'), 'DB_NAME=app\nDB_PASSWORD_FILE=password\n');
    const fromFile = await door('settings', ['-v'], {cwd});
    exits(fromFile, 0);
    assert.match(fromFile.stdout, /^PGPASSWORD +\*\*\*/m);
    writeFileSync(join(cwd, '.env'), 'DB_NAME=app\nDB_PASSWORD=s3cret\n');
    chmodSync(join(cwd, '.env'), 0o644);
    const open = await door('settings', [], {cwd});
    assert.match(open.stderr, /^warning: .*\.env holds DB_PASSWORD and other users/);
    writeFileSync(join(cwd, 'pgpass'), '*:*:*:*:s3cret\n', {mode: 0o644});
    const env = {PGHOST: 'localhost', PGPASSFILE: join(cwd, 'pgpass')};
    writeFileSync(join(cwd, '.env'), '');
    assert.match((await door('settings', [], {cwd, env})).stderr, "PostgreSQL's tools ignore it");
  });
});

it('lists all faults of the settings at once, with exit code 3', async () => {
  const result = await settings([], {
    env: {PGKEEP_JOBS: 'x', PGKEEP_RETENTON_DAYS: '7', DATABASE_URL: 'mysql://u:s3cret@h/d'},
  });
  exits(result, 3);
  assert.match(result.stderr, /^error: settings: 3 faults\n- /);
  assert.match(result.stderr, 'did you mean PGKEEP_RETENTION_DAYS?');
  assert.not.match(result.stderr, 's3cret');
});

it('refuses doors that need a database where there is none, with the way out', async () => {
  const none = await withTempFolder((cwd) => door('backup', [], {cwd}));
  exits(none, 3);
  assert.match(none.stderr, /no database is configured\nhint: set DATABASE_URL=/);
  const env = {DATABASE_URL: 'sqlite:///app.db'};
  const sqlite = await withTempFolder((cwd) => door('backup', [], {cwd, env}));
  exits(sqlite, 3);
  assert.match(sqlite.stderr, /is SQLite.*\nhint: .*pgkeep migrate/);
});

/** The bin through a link, from a folder whose tsconfig.json is not ours. */
const bin = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<DoorResult> =>
  withTempFolder(async (cwd) => {
    writeFileSync(join(cwd, 'tsconfig.json'), '{ broken');
    symlinkSync(`${repository}scripts/pgkeep.js`, join(cwd, 'pgkeep'));
    const env = {PATH: process.env['PATH'] ?? '', ...environment};
    const child = spawn(join(cwd, 'pgkeep'), args, {cwd, env});
    const result = {stdout: '', stderr: ''};
    child.stdout.on('data', (chunk) => {
      result.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      result.stderr += chunk;
    });
    const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return {...result, exitCode, signal: child.signalCode};
  });

it('reads compiled code back from the folder of its account alone, whatever HOME and TMPDIR say', () =>
  withTempFolder(async (other) => {
    exits(await bin(['--version'], {HOME: other, TMPDIR: other, XDG_CACHE_HOME: other}), 0);
    assert.equal(readdirSync(other), []);
    assert.ok(readdirSync(join(userInfo().homedir, '.cache/pgkeep')).length > 0);
  }));

it('compiles anew each time for an account that has no folder', () =>
  withTempFolder(async (other) => {
    if (!canInject('setpriv') || !othersCanReach(repository)) return;
    chmodSync(other, 0o777);
    const account = ['--reuid=54321', '--regid=54321', '--clear-groups'];
    const words = [...account, process.execPath, `${repository}scripts/pgkeep.js`, '--version'];
    const env = {PATH: process.env['PATH'] ?? '', HOME: other, TMPDIR: other};
    const said = spawnSync('setpriv', words, {env, encoding: 'utf8'});
    assert.match(said.stdout, /^\d+\.\d+\.\d+\n$/, said.stderr);
    assert.equal(readdirSync(other), []);
  }));

const calls: readonly [string, readonly string[], number, RegExp][] = [
  ['runs a verb', ['settings', '--jobs-are-not-a-flag'], 2, /unknown option/],
  [
    'lists verbs and exit codes',
    ['--help'],
    0,
    /Verbs(.|\n)*\n {2}backup +one proven(.|\n)*143 {2}SIGTERM/,
  ],
  ['helps with a verb', ['help', 'settings'], 0, /^Usage: pgkeep settings/],
  ['says its version', ['--version'], 0, /^\d+\.\d+\.\d+\n$/],
  ['suggests a verb', ['setings'], 2, /unknown verb 'setings'\nhint: did you mean settings\?/],
  ['is at a loss for others', ['constructor'], 2, /unknown verb 'constructor'/],
  ['wants the verb first', ['--json', 'settings'], 2, /the verb comes before '--json'/],
  ['misses a verb', [], 2, /the verb is missing/],
  // Not as `node scripts/settings.ts`: node itself would refuse there (nodejs/node#54232).
  [
    'refuses an env file that is not there',
    ['settings', '--env-file', 'nowhere'],
    2,
    /no env file .*nowhere/,
  ],
  ['gives a verb its flags', ['settings', '--json'], 0, /"PGKEEP_BACKUPS"/],
];

for (const [what, args, code, output] of calls) {
  it(`${what}, as the linked program pgkeep`, async () => {
    const result = await bin(args);
    exits(result, code);
    assert.match(result.stdout + result.stderr, output);
  });
}

it.run();

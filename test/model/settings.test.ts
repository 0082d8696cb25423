import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {OpsError} from '../../lib/model/errors.ts';
import {parseSettings, type Settings, type SettingsInput} from '../../lib/model/settings.ts';

const it = suite('settings');

type Given = {
  readonly env?: SettingsInput['environment'];
  readonly file?: string;
  readonly flags?: SettingsInput['flags'];
  readonly mode?: number;
  readonly secretFiles?: Record<string, string | undefined>;
};

const read = ({env = {}, file, flags = {}, mode = 0o100600, secretFiles = {}}: Given = {}) =>
  parseSettings({
    flags,
    environment: env,
    file: {path: '/srv/app/.env', text: file, mode},
    secretFiles,
    cwd: '/srv/app',
  });

const faultOf = (given: Given): OpsError => {
  try {
    read(given);
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
  throw new Error('no fault was found');
};

const from = ({provenance}: Settings, key: string) =>
  provenance.find((one) => one.key === key)?.source;

it('has a default for everything that a nightly backup needs', () => {
  const {provenance, warnings, connection, missingConnection, ...rest} = read();
  const {sqlitePath, redisUrl, ...settings} = rest;
  assert.equal([sqlitePath, redisUrl], [undefined, undefined]);
  assert.equal(settings, {
    project: '/srv/app',
    backups: '/srv/app/backups',
    retentionDays: 7,
    ...{keepLast: undefined, keepHourly: undefined, keepDaily: undefined, keepWeekly: undefined},
    ...{keepMonthly: undefined, keepYearly: undefined, maxTotalBytes: undefined},
    compress: {kind: 'gzip', level: 1},
    format: 'custom',
    jobs: 1,
    fingerprint: 'content',
    verify: 'archive',
    tools: {kind: 'auto'},
    databaseService: 'postgres',
    composeProject: undefined,
    binaries: undefined,
    scratch: '/var/tmp',
    connectAttempts: 5,
    connectDelaySeconds: 2,
    lockWaitSeconds: 60,
    stallSeconds: 600,
    timeoutSeconds: undefined,
    ...{logLevel: 'info', keepOldDays: 7},
    ...{envFile: undefined, composeFile: undefined, deployServices: undefined},
    ...{migrateService: undefined, migrateCommand: undefined, migrateTimeoutSeconds: 3_600},
    ...{revisionSql: undefined, headCommand: undefined, smokeUrls: undefined},
    ...{deploySqlitePath: undefined, proxyFile: undefined, proxyReload: undefined},
    ...{deployLockTimeoutSeconds: 5, stableSeconds: 30},
  });
  assert.ok(provenance.every(({source}) => source === 'default'));
  assert.equal([warnings, connection], [[], undefined]);
  assert.match(missingConnection?.message ?? '', 'no database is configured');
});

it('lets flags win over the environment, that over the env file, that over defaults', () => {
  const file = '\nPGKEEP_JOBS=2\n';
  const env = {PGKEEP_JOBS: '3'};
  const rows: readonly [Given, number, string][] = [
    [{file, env, flags: {jobs: '4'}}, 4, 'flag --jobs'],
    [{file, env}, 3, 'environment'],
    [{file}, 2, '.env line 2'],
    [{}, 1, 'default'],
  ];
  for (const [given, jobs, source] of rows) {
    const settings = read(given);
    assert.is(settings.jobs, jobs);
    assert.is(from(settings, 'PGKEEP_JOBS'), source);
  }
});

it('starts relative paths of settings from the project, those of flags from where one stands', () => {
  const flags = {project: 'sub'};
  assert.is(read({flags, env: {PGKEEP_BACKUPS: 'b'}}).backups, '/srv/app/sub/b');
  assert.is(read({flags: {...flags, backups: 'b'}}).backups, '/srv/app/b');
  assert.is(read({env: {PGKEEP_BACKUPS: '/b'}}).backups, '/b');
});

it('takes TMPDIR for throw-away servers where it is set', () => {
  assert.is(read({env: {TMPDIR: '/fast'}}).scratch, '/fast');
  assert.is(read({env: {TMPDIR: '/fast', PGKEEP_SCRATCH: '/x'}}).scratch, '/x');
});

const values: readonly [string, string, keyof Settings, unknown][] = [
  ['PGKEEP_RETENTION_DAYS', '36500', 'retentionDays', 36_500],
  ['PGKEEP_RETENTION_DAYS', '007', 'retentionDays', 7],
  ['PGKEEP_KEEP_LAST', '1', 'keepLast', 1],
  ['PGKEEP_KEEP_YEARLY', '36500', 'keepYearly', 36_500],
  ['PGKEEP_MAX_TOTAL_SIZE', '50GB', 'maxTotalBytes', 50e9],
  ['PGKEEP_MAX_TOTAL_SIZE', '1.5TiB', 'maxTotalBytes', 1.5 * 2 ** 40],
  ['PGKEEP_MAX_TOTAL_SIZE', '1000kB', 'maxTotalBytes', 1e6],
  ['PGKEEP_COMPRESS', 'zstd:19', 'compress', {kind: 'zstd', level: 19}],
  ['PGKEEP_COMPRESS', 'none', 'compress', {kind: 'none', level: 0}],
  ['PGKEEP_TIMEOUT', '90', 'timeoutSeconds', 90],
  ['PGKEEP_TIMEOUT', '30m', 'timeoutSeconds', 1_800],
  ['PGKEEP_TIMEOUT', '6h', 'timeoutSeconds', 21_600],
  ['DB_CONNECT_RETRY_DELAY', '0.5', 'connectDelaySeconds', 0.5],
  ['PGKEEP_STALL_SECONDS', '2m', 'stallSeconds', 120],
  ['LOG_LEVEL', 'DEBUG', 'logLevel', 'debug'],
  ['LOG_LEVEL', 'WARNING', 'logLevel', 'warn'],
  ['PG_BINDIR', '/usr/lib/postgresql/17/bin', 'binaries', '/usr/lib/postgresql/17/bin'],
];

for (const [key, text, field, value] of values) {
  it(`reads ${key}=${text}`, () => assert.equal(read({env: {[key]: text}})[field], value));
}

const misfits: readonly [string, readonly string[]][] = [
  [
    'PGKEEP_RETENTION_DAYS',
    [
      '-1',
      '0',
      '1e9',
      'NaN',
      '0x10',
      ' 7 ',
      '7d',
      '∞',
      '9007199254740992',
      '36501',
      '7.5',
      '+7',
      'seven',
    ],
  ],
  ['PGKEEP_KEEP_LAST', ['0', '-1', '36501', '1.5', 'all', 'unlimited']],
  ['PGKEEP_KEEP_MONTHLY', ['0', '-3', '1e2']],
  [
    'PGKEEP_MAX_TOTAL_SIZE',
    ['0', '0GB', '-5GB', '50', '50G', '50gb', '50 GB', '1kB', '2000TB', '1e3GB', '50kiB'],
  ],
  ['PGKEEP_JOBS', ['0', '65']],
  ['PGKEEP_TIMEOUT', ['0', '-5', '1w', '1h30m', '6 h', '1e3', 'forever']],
  ['PGKEEP_COMPRESS', ['gzip:0', 'gzip:10', 'zstd:20', 'none:1', 'lz4', 'GZIP']],
  ['PGKEEP_FORMAT', ['tar', 'Custom']],
  ['PGKEEP_FINGERPRINT', ['md5']],
  ['PGKEEP_VERIFY', ['none', 'drill']],
  ['LOG_LEVEL', ['loud']],
];

for (const [key, texts] of misfits) {
  for (const text of texts) {
    it(`refuses ${key}=${JSON.stringify(text)} and says what was expected`, () => {
      const {kind, message} = faultOf({env: {[key]: text}});
      assert.is(kind, 'settings');
      assert.match(message, `- ${key}: expected `);
      assert.match(message, `got '${text}' (environment)`);
    });
  }
}

it('lists all faults at once, wherever they stand', () => {
  const {kind, exit, message} = faultOf({
    env: {PGKEEP_JOBS: 'many', PGKEEP_RETENTION_DAY: '3', DATABASE_URL: 'mysql://u:s3cret@h/d'},
    file: 'PGKEEP_VERIFY=no\nDB_PORT=x#y\n',
    flags: {format: 'tar'},
  });
  assert.equal([kind, exit], ['settings', 3]);
  assert.match(message, /^settings: 6 faults\n- /);
  for (const key of [
    'PGKEEP_JOBS',
    'PGKEEP_RETENTION_DAY',
    'PGKEEP_VERIFY',
    'DB_PORT',
    '--format',
    'DATABASE_URL',
  ]) {
    assert.match(message, `- ${key}: `);
  }
  assert.not.match(message, 's3cret');
});

it('is a fault of usage (exit 2) where flags alone are wrong', () => {
  const {kind, message} = faultOf({flags: {jobs: 'x'}});
  assert.is(kind, 'usage');
  assert.match(message, "- --jobs: expected a whole number from 1 to 64, got 'x'");
});

it('suggests what was probably meant by an unknown key of ours', () => {
  assert.match(
    faultOf({env: {PGKEEP_RETENTION_DAY: '3'}}).message,
    'did you mean PGKEEP_RETENTION_DAYS?',
  );
  assert.match(faultOf({file: '\nPGKEP_X=1\nPGKEEP_JOB=3\n'}).message, '(.env line 3)');
  assert.match(faultOf({env: {DEPLOY_MOON: '1'}}).message, 'DEPLOY_MOON: no such setting');
});

it('leaves alone what belongs to the tests and to the application', () => {
  const env = {PGKEEP_TEST_SCALE: '3', RETENTION: 'x', npm_config_x: ''};
  assert.is(read({env, file: 'COLOUR=#fff\nA=1\nA=2\nJWT\n'}).jobs, 1);
});

it('refuses a line that nobody can read, whoever it belongs to', () => {
  assert.match(faultOf({file: 'A=1\n???\n'}).message, '- .env line 2: expected NAME=value');
});

it('does not take empty for unset', () => {
  for (const key of [
    'PGDATABASE',
    'PGKEEP_JOBS',
    'DATABASE_URL',
    'DB_PASSWORD',
    'DATABASE_URL_FILE',
  ]) {
    assert.match(faultOf({env: {[key]: ''}}).message, `- ${key}: is empty`);
  }
  assert.match(faultOf({flags: {database: ''}}).message, '--database: is empty');
});

it('reads a secret from the file that NAME_FILE names, without its last line feed', () => {
  const url = 'postgres://u:p@localhost/d';
  const fromUrl = read({
    env: {DATABASE_URL_FILE: 'url'},
    file: 'DATABASE_URL=postgres://other/x\n',
    secretFiles: {'/srv/app/url': `${url}\r\n`},
  });
  assert.is(fromUrl.connection?.libpq['PGPASSWORD'], 'p');
  const fromPassword = read({
    env: {DB_NAME: 'd', DB_PASSWORD_FILE: '/run/p'},
    secretFiles: {'/run/p': 'a\n\n'.replace('\n\n', ' b\n')},
  });
  assert.is(fromPassword.connection?.libpq['PGPASSWORD'], 'a b');
});

it('refuses a secret file that is missing, empty, or given beside the secret', () => {
  const env = {DB_PASSWORD_FILE: '/p', DB_NAME: 'd'};
  assert.match(faultOf({env}).message, 'DB_PASSWORD_FILE: names a file that can not be read');
  assert.match(faultOf({env, secretFiles: {'/p': '\n'}}).message, 'DB_PASSWORD_FILE: is empty');
  const both = {...env, DB_PASSWORD: 'x'};
  assert.match(faultOf({env: both, secretFiles: {'/p': 'y'}}).message, 'together with the value');
  assert.match(faultOf({env: {PGKEEP_JOBS_FILE: '/p'}}).message, 'no such setting');
});

it('warns of an env file with a secret that others can read', () => {
  const file = 'DB_PASSWORD=x\n';
  assert.match(read({file, mode: 0o100644}).warnings.join(), 'chmod 600 /srv/app/.env');
  assert.equal(read({file, mode: 0o100600}).warnings, []);
  assert.equal(read({file: 'DB_NAME=x\n', mode: 0o100644}).warnings, []);
});

it.run();

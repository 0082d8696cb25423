import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Finding} from '../../../lib/model/deploy/finding.ts';
import {lintEnvironment} from '../../../lib/model/deploy/lint-environment.ts';
import {repository} from '../../support/door.ts';

const fixture = join(repository, 'test/fixtures/deploy-app');
const it = suite('lint of an env file');

const [good, other] = ['9f86d081884c7d659a2feaa0', 'b14a7b8059d9c055954c9267'];
const said = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({level, rule, where, what}) => `${level}: ${rule}: ${where}: ${what}`);

type Options = {
  readonly example?: string;
  readonly mode?: number;
  readonly given?: readonly string[];
};
const lint = (text: string, {example, mode = 0o100600, given = []}: Options = {}) =>
  lintEnvironment({
    file: {name: '.env.production', text, mode},
    example: example === undefined ? undefined : {name: '.env.production.example', text: example},
    given: new Set(given),
    databaseService: 'postgres',
  });

const fine = `POSTGRES_PASSWORD=${good}
DATABASE_URL=postgresql://app:${good}@postgres:5432/app
SECRET_KEY=${other}
DEBUG=false
`;
const modelled = `POSTGRES_PASSWORD=CHANGE_ME
DATABASE_URL=postgresql://app:CHANGE_ME@postgres:5432/app
SECRET_KEY=CHANGE_ME
DEBUG=false
`;

it('finds nothing in a file that is complete and filled in', () => {
  assert.equal(lint(fine, {example: modelled}), []);
  assert.equal(lint(fine), []);
});

const rows: readonly [string, string, Options, readonly string[]][] = [
  [
    'a placeholder, and one in a URL',
    fine.replaceAll(good, 'CHANGE_ME'),
    {},
    [
      'fault: placeholder: .env.production line 1: POSTGRES_PASSWORD is a placeholder',
      'fault: placeholder: .env.production line 2: DATABASE_URL is a placeholder',
    ],
  ],
  [
    'the very secret of the example, in a URL too',
    'A_TOKEN=tr0ub4dor-and-three\nREDIS_URL=redis://:k3Jq9xTzB7mWd@redis/0\nTAG=v1\n',
    {example: 'A_TOKEN=tr0ub4dor-and-three\nREDIS_URL=redis://:k3Jq9xTzB7mWd@redis/0\nTAG=v1\n'},
    [
      'fault: placeholder: .env.production line 1: A_TOKEN is the one of .env.production.example',
      'fault: placeholder: .env.production line 2: REDIS_URL has the password of .env.production.example',
    ],
  ],
  [
    'weak secrets: what anybody tries is a fault, what takes a while a warning',
    'SECRET_KEY=supersecret\nAPI_TOKEN=k3Jq9xTz\nDATABASE_URL=postgres://app:app123@db/app\n',
    {},
    [
      'fault: weak secret: .env.production line 1: SECRET_KEY is made of common words',
      'warning: weak secret: .env.production line 2: API_TOKEN is short or repeats itself: it can be found out by trying',
      'fault: weak secret: .env.production line 3: DATABASE_URL has a password that is made of common words',
    ],
  ],
  [
    'a password that is the name of the user',
    'POSTGRES_USER=shopkeeper\nPOSTGRES_PASSWORD=shopkeeper\n',
    {},
    [
      'fault: weak secret: .env.production line 2: POSTGRES_PASSWORD is the name of its user, database or setting',
    ],
  ],
  [
    'empty secrets, but where the example has them empty as well',
    'A_TOKEN=\nB_TOKEN=\nC_TOKEN=\nNOTE=\n',
    {example: 'A_TOKEN=\nB_TOKEN=CHANGE_ME\nNOTE=x\n'},
    [
      'warning: unknown key: .env.production: .env.production.example does not have C_TOKEN',
      'fault: placeholder: .env.production line 2: B_TOKEN is empty',
      'warning: placeholder: .env.production line 3: C_TOKEN is empty',
    ],
  ],
  [
    'missing keys: a secret or a placeholder is a fault, what has a value a warning',
    'A=1\n',
    {example: 'A=1\nB=2\nC=<host>\nD_TOKEN=x\nE_TOKEN=\nDEPLOY_STABLE_SECONDS=5\n'},
    [
      'warning: missing key: .env.production: B is missing, which .env.production.example has in line 2',
      'fault: missing key: .env.production: C is missing, which .env.production.example has in line 3',
      'fault: missing key: .env.production: D_TOKEN is missing, which .env.production.example has in line 4',
      'warning: missing key: .env.production: E_TOKEN is missing, which .env.production.example has in line 5',
      'warning: missing key: .env.production: DEPLOY_STABLE_SECONDS is missing, which .env.production.example has in line 6',
    ],
  ],
  [
    'no missing key where it is in the environment, or in a file that a key names',
    'A_PASSWORD_FILE=/run/secrets/a\n',
    {example: 'A_PASSWORD=CHANGE_ME\nB_TOKEN=CHANGE_ME\n', given: ['B_TOKEN']},
    [],
  ],
  [
    'a misspelt key once',
    `SECRT_KEY=${good}\n`,
    {example: 'SECRET_KEY=CHANGE_ME\n'},
    [
      'fault: missing key: .env.production: SECRET_KEY is missing, which .env.production.example has in line 1',
    ],
  ],
  [
    'unknown keys in one warning, without those of pgkeep and compose',
    'A=1\nB=2\nC=3\nPGKEEP_BACKUPS=/b\nDEPLOY_SERVICES=web\nCOMPOSE_PROFILES=x\n',
    {example: 'A=1\n'},
    ['warning: unknown key: .env.production: .env.production.example does not have B, C'],
  ],
  [
    'a secret of two keys',
    `SECRET_KEY=${good}\nJWT_SECRET=${good}\n`,
    {},
    [
      'warning: reused secret: .env.production line 2: JWT_SECRET has the secret of SECRET_KEY (line 1)',
    ],
  ],
  [
    "the database's password as another secret, but not under another name of its own",
    `POSTGRES_PASSWORD=${good}\nDB_PASSWORD=${good}\nDATABASE_URL=postgres://app:${good}@db/a\nTEST_URL=postgresql://app:${good}@db/b\nSECRET_KEY=${good}\n`,
    {},
    [
      'warning: reused secret: .env.production line 5: SECRET_KEY has the secret of POSTGRES_PASSWORD (line 1)',
    ],
  ],
  [
    'one password for two kinds of servers',
    `DATABASE_URL=postgres://app:${good}@db/a\nREDIS_URL=redis://:${good}@redis/0\nCACHE_URL=rediss://:${good}@redis/1\n`,
    {},
    [
      'warning: reused secret: .env.production line 2: REDIS_URL has the secret of DATABASE_URL (line 1)',
      'warning: reused secret: .env.production line 3: CACHE_URL has the secret of DATABASE_URL (line 1)',
    ],
  ],
  [
    "two passwords of the service's role",
    `POSTGRES_USER=app\nPOSTGRES_PASSWORD=${good}\nDATABASE_URL=postgres://app:${other}@postgres/a\nREPORT_URL=postgres://report:${other}@postgres/a\n`,
    {},
    [
      "warning: two passwords: .env.production line 3: DATABASE_URL has another password for 'app' than POSTGRES_PASSWORD",
    ],
  ],
  [
    'debug modes',
    'DEBUG=True\nFLASK_DEBUG=1\nNODE_ENV=development\nAPP_ENV=production\nDEBUG_TOOLBAR=0\n',
    {},
    [
      'warning: debug: .env.production line 1: DEBUG is what a developer has',
      'warning: debug: .env.production line 2: FLASK_DEBUG is what a developer has',
      'warning: debug: .env.production line 3: NODE_ENV is what a developer has',
    ],
  ],
  [
    'a host of an example',
    'SITE=https://shop.example.com\n',
    {},
    ['warning: placeholder: .env.production line 1: SITE names a host that only examples have'],
  ],
  [
    'lines that are read in more than one way',
    'A=one#two\nB="never\n',
    {example: 'A=1\nB=2\n'},
    [
      'warning: env file: .env.production line 1: A the value holds a # and would be cut there: put it in quotes',
      'warning: env file: .env.production line 2: B the " is never closed',
    ],
  ],
  ['a group that reads', fine, {mode: 0o100640}, []],
  [
    'a group that writes',
    fine,
    {mode: 0o100660},
    ['warning: file mode: .env.production: its group can change it (mode 0660)'],
  ],
  [
    'an account of anybody that reads',
    fine,
    {mode: 0o100644},
    ['fault: file mode: .env.production: every account of this host can get at it (mode 0644)'],
  ],
  [
    'the same without a secret in it',
    'TAG=v1\n',
    {mode: 0o100644},
    ['warning: file mode: .env.production: every account of this host can get at it (mode 0644)'],
  ],
];
for (const [what, text, options, findings] of rows)
  it(`finds ${what}`, () => {
    assert.equal(said(lint(text, options)), findings);
  });

it('wants an env file where an example says that there is one', () => {
  const facts = {file: undefined, given: new Set<string>(), databaseService: 'postgres'};
  const example = {name: '.env.example', text: ''};
  const level = (found: readonly Finding[]) => found.map((finding) => finding.level);
  assert.equal(level(lintEnvironment({...facts, example})), ['fault']);
  assert.equal(level(lintEnvironment({...facts, example: undefined})), ['warning']);
});

it('does not take the example that a reader copies for filled in', () => {
  const text = readFileSync(join(fixture, '.env.production.example'), 'utf8');
  const found = said(lint(text, {example: text})).map((line) => line.replace(/ line \d+/, ''));
  assert.equal(found, [
    'warning: placeholder: .env.production: APP_IMAGE names a host that only examples have',
    'fault: placeholder: .env.production: POSTGRES_PASSWORD is a placeholder',
    'fault: placeholder: .env.production: DATABASE_URL is a placeholder',
    'fault: placeholder: .env.production: SECRET_KEY is a placeholder',
  ]);
});

it('repeats nothing of a value', () => {
  const values = ['CHANGE_ME-canary', 'canary', 'secret1', 'aaaaaaaaaaaa', 'k3Jq9xTz', good];
  for (const value of values) {
    const text = `POSTGRES_USER=app\nA_TOKEN=${value}\nB_TOKEN=${value}\nPOSTGRES_PASSWORD=${other}\nDATABASE_URL=postgres://app:${value}@postgres/a\n`;
    const findings = lint(text, {example: text, mode: 0o100666});
    assert.ok(findings.length > 1);
    assert.not.ok(JSON.stringify(findings).includes(value), value);
  }
});

it.run();

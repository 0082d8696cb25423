import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {toDatabase, toolEnvironment} from '../../lib/model/connection.ts';
import {chooseConnection} from '../../lib/model/connection-choice.ts';

const it = suite('connection');

const choose = (values: Record<string, string>, database?: string) => {
  const entries = Object.entries(values).map(
    ([key, value]) => [key, {value, source: 'environment'}] as const,
  );
  return chooseConnection(new Map(entries), {database, isServerMeant: false, project: '/srv/app'});
};
const libpqOf = (values: Record<string, string>, database?: string) => {
  const {connection, faults} = choose(values, database);
  assert.equal(faults, []);
  return connection?.libpq;
};
const url = 'postgres://u:p@localhost/d';
const fromUrl = {PGUSER: 'u', PGPASSWORD: 'p', PGHOST: 'localhost', PGDATABASE: 'd'};

const chosen: readonly [string, Record<string, string>, Record<string, string> | undefined][] = [
  ['a URL under its first name', {DATABASE_URL: url}, fromUrl],
  ['a URL under its second name', {POSTGRES_URL: url}, fromUrl],
  ['a URL of SQLAlchemy', {DATABASE__URL: url.replace('postgres', 'postgresql+asyncpg')}, fromUrl],
  [
    'two URLs that agree',
    {DATABASE_URL: url, POSTGRES_URL: url.replace('localhost', 'localhost:5432')},
    fromUrl,
  ],
  [
    'a URL over DB_* and PG*',
    {
      DATABASE_URL: url,
      DB_HOST: 'x',
      PGHOST: 'y',
      PGHOSTADDR: '1.1.1.1',
      PGPORT: '1',
      PGSERVICE: 's',
    },
    fromUrl,
  ],
  [
    'DB_* over PG*',
    {DB_HOST: 'h', DB_NAME: 'n', PGUSER: 'y', PGHOSTADDR: '1.1.1.1'},
    {PGHOST: 'h', PGDATABASE: 'n'},
  ],
  [
    'all of DB_*',
    {DB_HOST: '/run', DB_PORT: '1', DB_USER: 'u', DB_PASSWORD: 'p', DB_NAME: 'n'},
    {PGHOST: '/run', PGPORT: '1', PGUSER: 'u', PGPASSWORD: 'p', PGDATABASE: 'n'},
  ],
  [
    'libpq itself',
    {PGHOST: '/run', PGDATABASE: 'd', PGPASSFILE: '/f'},
    {PGHOST: '/run', PGDATABASE: 'd', PGPASSFILE: '/f'},
  ],
  ['a service', {PGSERVICE: 'prod', PGSERVICEFILE: '/s'}, {PGSERVICE: 'prod', PGSERVICEFILE: '/s'}],
  [
    'nothing where only a password is known',
    {PGPASSWORD: 'x', DB_PASSWORD: 'y', DB_USER: 'u'},
    undefined,
  ],
  [
    'PostgreSQL beside a SQLite URL that it replaces',
    {DATABASE_URL: 'sqlite:///x.db', POSTGRES_URL: url},
    fromUrl,
  ],
  ['DB_* with its type', {DB_TYPE: 'postgresql', DB_NAME: 'n'}, {PGDATABASE: 'n'}],
];

for (const [what, values, libpq] of chosen) {
  it(`takes ${what}`, () => assert.equal(libpqOf(values), libpq));
}

it('keeps TLS and password-file settings beside a chosen URL', () => {
  const kept = {
    PGSSLROOTCERT: '/ca',
    PGPASSFILE: '/p',
    PGSSLMODE: 'verify-full',
    PGOPTIONS: '-c x=y',
  };
  assert.equal(libpqOf({DATABASE_URL: 'postgres://h/d', ...kept}), {
    PGHOST: 'h',
    PGDATABASE: 'd',
    ...kept,
  });
});

it('lets the sslmode of the URL win over PGSSLMODE, and POSTGRES_SSL_MODE over both', () => {
  const values = {DATABASE_URL: 'postgres://h/d?sslmode=require', PGSSLMODE: 'disable'};
  assert.is(libpqOf(values)?.['PGSSLMODE'], 'require');
  assert.is(libpqOf({...values, POSTGRES_SSL_MODE: 'verify-full'})?.['PGSSLMODE'], 'verify-full');
});

it('lets --database name another database of the same server, or one on this host', () => {
  assert.is(libpqOf({DATABASE_URL: url}, 'other')?.['PGDATABASE'], 'other');
  assert.equal(libpqOf({}, 'dbname=tr'), {PGDATABASE: 'dbname=tr'});
  assert.is(choose({}, 'x').connection?.source, 'flag --database');
});

const faulty: readonly [Record<string, string>, RegExp][] = [
  [
    {DATABASE_URL: url, POSTGRES_URL: `${url}2`},
    /POSTGRES_URL.*another server, database or login than DATABASE_URL/,
  ],
  [{DATABASE_URL: url, DATABASE__URL: url.replace('p@', 's3cret@')}, /DATABASE__URL/],
  [{DB_NAME: 'd', DB_PORT: '0'}, /DB_PORT: expected a port/],
  [{DB_NAME: 'd', DB_TYPE: 'mysql'}, /DB_TYPE: pgkeep works on PostgreSQL/],
  [{DB_NAME: 'a\nb'}, /PGDATABASE: holds a line break/],
  [{DB_NAME: 'd', POSTGRES_SSL_MODE: 'on'}, /POSTGRES_SSL_MODE: expected disable, /],
];

for (const [values, expected] of faulty) {
  it(`refuses ${JSON.stringify(values)}`, () => {
    const text = choose(values)
      .faults.map(({key, problem}) => `${key}: ${problem}`)
      .join('\n');
    assert.match(text, expected);
    assert.not.match(text, 's3cret');
  });
}

const sqlite: readonly Record<string, string>[] = [
  {DATABASE_URL: 'sqlite:///data/app.db'},
  {DATABASE_URL: 'sqlite+aiosqlite:///data/app.db'},
  {DATABASE_URL: 'file:./dev.db'},
  {DB_TYPE: 'sqlite'},
  {DATABASE_TYPE: 'SQLite', DB_NAME: 'x'},
  {DB_PATH: 'app.db', PGHOST: 'leftover'},
];

for (const values of sqlite) {
  it(`shows the way to migrate for ${JSON.stringify(values)}`, () => {
    const {connection, missing, faults} = choose(values, 'flag');
    assert.equal([connection, faults], [undefined, []]);
    assert.match(missing?.message ?? '', 'is SQLite');
    assert.match(missing?.hint ?? '', 'pgkeep migrate');
  });
}

const weak: readonly [string, boolean][] = [
  ['postgres://db.example.com/d', true],
  ['postgres://db.example.com/d?sslmode=prefer', true],
  ['postgres://10.0.0.5/d?sslmode=disable', true],
  ['postgres://localhost,db.example.com/d', true],
  ['postgres://[2001:db8::1]/d', true],
  ['postgres://db.example.com/d?sslmode=require', false],
  ['postgres://localhost/d?sslmode=disable', false],
  ['postgres://127.0.0.1/d', false],
  ['postgres://[::1]/d', false],
  ['postgres://db/d?sslmode=disable', false],
  ['postgres:///d?host=/run', false],
];

for (const [text, isWarned] of weak) {
  it(`${isWarned ? 'warns' : 'does not warn'} of ${text}`, () => {
    assert.is(choose({DATABASE_URL: text}).warnings.length > 0, isWarned);
  });
}

it('builds the environment of tools from nothing', () => {
  const operator = {
    ...{PATH: '/bin', HOME: '/h', USER: 'u', TMPDIR: '/t', LD_PRELOAD: 'x', NODE_OPTIONS: 'x'},
    ...{
      PGHOST: 'production',
      PGPASSWORD: 'p',
      PGSERVICE: 's',
      LC_ALL: 'tr_TR',
      LANG: 'ja_JP',
      TZ: 'Asia/Kolkata',
    },
  };
  const base = {
    ...{PATH: '/bin', HOME: '/h', USER: 'u', TMPDIR: '/t'},
    ...{LC_ALL: 'C', TZ: 'UTC', PGAPPNAME: 'pgkeep', PGCONNECT_TIMEOUT: '10'},
  };
  assert.equal(toolEnvironment(operator), base);
  const connection = {libpq: {PGHOST: 'h', PGAPPNAME: 'mine'}, source: 'test'};
  assert.equal(toolEnvironment(operator, connection), {...base, PGHOST: 'h', PGAPPNAME: 'mine'});
  assert.is(toolEnvironment({PGCONNECT_TIMEOUT: '3'})['PGCONNECT_TIMEOUT'], '3');
});

it('names another database of the same server', () => {
  const connection = {libpq: {PGHOST: 'h', PGDATABASE: 'a'}, source: 'test'};
  assert.equal(toDatabase(connection, 'b').libpq, {PGHOST: 'h', PGDATABASE: 'b'});
});

it.run();

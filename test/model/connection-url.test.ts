import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseConnectionUrl, passwordsIn} from '../../lib/model/connection-url.ts';

const it = suite('connection URL');

// Expected values as libpq's own test has them: src/interfaces/libpq/t/001_uri.pl
const readable: readonly [string, Record<string, string>][] = [
  ['postgresql://', {}],
  ['postgresql://host', {PGHOST: 'host'}],
  ['postgres://host/', {PGHOST: 'host'}],
  ['postgresql://host:12345/db', {PGHOST: 'host', PGPORT: '12345', PGDATABASE: 'db'}],
  ['postgresql://u@h', {PGUSER: 'u', PGHOST: 'h'}],
  [
    'postgresql://u:p@h:1/d',
    {PGUSER: 'u', PGPASSWORD: 'p', PGHOST: 'h', PGPORT: '1', PGDATABASE: 'd'},
  ],
  ['postgresql://u:@h', {PGUSER: 'u', PGHOST: 'h'}],
  ['postgresql://:p@h', {PGPASSWORD: 'p', PGHOST: 'h'}],
  ['postgresql:///d', {PGDATABASE: 'd'}],
  ['postgresql://u:p@/d', {PGUSER: 'u', PGPASSWORD: 'p', PGDATABASE: 'd'}],
  ['postgresql://[::1]:5433/d', {PGHOST: '::1', PGPORT: '5433', PGDATABASE: 'd'}],
  ['postgresql://[fe80::1%25eth0]/d', {PGHOST: 'fe80::1%eth0', PGDATABASE: 'd'}],
  ['postgresql://h1,h2:5433,[::1]:1/d', {PGHOST: 'h1,h2,::1', PGPORT: ',5433,1', PGDATABASE: 'd'}],
  ['postgresql://%2Fvar%2Frun/d', {PGHOST: '/var/run', PGDATABASE: 'd'}],
  [
    'postgresql:///d?host=/var/run&port=5433',
    {PGHOST: '/var/run', PGPORT: '5433', PGDATABASE: 'd'},
  ],
  [
    'postgresql://u@localhost/d?host=/cloudsql/a:b',
    {PGUSER: 'u', PGHOST: '/cloudsql/a:b', PGDATABASE: 'd'},
  ],
  [
    'postgresql://u%40x:p%40%3A%2F%3F%23%25@h/d%20b',
    {PGUSER: 'u@x', PGPASSWORD: 'p@:/?#%', PGHOST: 'h', PGDATABASE: 'd b'},
  ],
  [
    'postgresql://u:p?x#y:z@h/d',
    {PGUSER: 'u', PGPASSWORD: 'p?x#y:z', PGHOST: 'h', PGDATABASE: 'd'},
  ],
  [
    'postgresql://u:%C3%BC@h/%F0%9F%90%98',
    {PGUSER: 'u', PGPASSWORD: 'ü', PGHOST: 'h', PGDATABASE: '🐘'},
  ],
  ['postgresql://h/a%3Db', {PGHOST: 'h', PGDATABASE: 'a=b'}],
  ['postgresql://h/dbname%3Dtr', {PGHOST: 'h', PGDATABASE: 'dbname=tr'}],
  ['postgresql://h/d/e', {PGHOST: 'h', PGDATABASE: 'd/e'}],
  [
    'postgresql+asyncpg://u:p@h/d?ssl=require',
    {PGUSER: 'u', PGPASSWORD: 'p', PGHOST: 'h', PGDATABASE: 'd', PGSSLMODE: 'require'},
  ],
  ['postgres://h/d?ssl=true', {PGHOST: 'h', PGDATABASE: 'd', PGSSLMODE: 'require'}],
  ['postgres://h/d?sslmode=no-verify', {PGHOST: 'h', PGDATABASE: 'd', PGSSLMODE: 'require'}],
  [
    'postgres://h/d?sslmode=verify-full&sslrootcert=/ca.pem',
    {PGHOST: 'h', PGDATABASE: 'd', PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/ca.pem'},
  ],
  [
    'postgres://h/d?target_session_attrs=any&hostaddr=::1',
    {PGHOST: 'h', PGDATABASE: 'd', PGTARGETSESSIONATTRS: 'any', PGHOSTADDR: '::1'},
  ],
  ['postgres:///?service=prod&passfile=/p', {PGSERVICE: 'prod', PGPASSFILE: '/p'}],
  [
    'postgres://h/d?options=-c%20search_path%3Dx',
    {PGHOST: 'h', PGDATABASE: 'd', PGOPTIONS: '-c search_path=x'},
  ],
];

for (const [url, libpq] of readable) {
  it(`reads ${url}`, () => {
    const parsed = parseConnectionUrl(url);
    assert.equal(parsed.faults, []);
    assert.equal(parsed.libpq, libpq);
  });
}

const faulty: readonly [string, RegExp][] = [
  ['mysql://u:s3cret@h/d', /^expected postgres:.*, got mysql:/],
  ['http://u:s3cret@h/d', /got http:/],
  ['u:s3cret@h/d', /got something without a scheme/],
  ['host=h password=s3cret', /got something without a scheme/],
  ['', /got something/],
  ['postgres://u:s3cret@x@h/d', /@ as %40/],
  ['postgres://u:s3cret/x@h/d', /\/ as %2F/],
  ['postgres://u:s3cr%zzet@h/d', /the password holds a % without/],
  ['postgres://u:s3cret%@h/d', /the password holds a % without/],
  ['postgres://u:s3cret%00@h/d', /the password holds a NUL/],
  ['postgres://u:s3cret%0Ax@h/d', /the password holds a line break/],
  ['postgres://u:s3cret%FF@h/d', /not UTF-8/],
  ['postgres://u:s3cret\n@h/d', /space or a line break/],
  ['postgres://u:s3 cret@h/d', /space or a line break/],
  ['postgres://h/d%0Ae', /the database holds a line break/],
  ['postgres://h:0/d', /port from 1 to 65535/],
  ['postgres://h:70000/d', /port from 1 to 65535/],
  ['postgres://h:-1/d', /port from 1 to 65535/],
  ['postgres://h:s3cret', /port from 1 to 65535/],
  ['postgres://h/d?port=5432x', /port from 1 to 65535/],
  ['postgres://h1,h2/d?port=1,2,3', /3 ports for 2 hosts/],
  ['postgres://::1/d', /a host is not of the form/],
  ['postgres://[::1/d', /a host is not of the form/],
  ['postgres://[x]/d', /no IPv6 address/],
  ['postgres://a%20b/d', /space or a comma/],
  ['postgres://h/d?nonsense=1', /parameter nonsense/],
  ['postgres://h/d?replication=database', /parameter replication/],
  ['postgres://h/d?__proto__=1', /parameter __proto__/],
  ['postgres://h/d?sslmode=s3cret', /parameter sslmode: expected disable/],
  ['postgres://h/d?sslmode', /name=value/],
  ['postgres://h/d?options=-c%20a=s3cret', /name=value/],
  ['postgres://h/d?connect_timeout=s3cret', /whole seconds/],
  ['postgres://h/d?application_name=', /application_name is empty/],
];

for (const [url, fault] of faulty) {
  it(`refuses ${JSON.stringify(url)} without repeating a secret`, () => {
    const {faults} = parseConnectionUrl(url);
    assert.match(faults.join('\n'), fault);
    assert.not.match(faults.join('\n'), /s3c/);
  });
}

it('lists all faults of a URL', () => {
  const {faults} = parseConnectionUrl('postgres://u:%zz@h:0/d?x=1&y=2');
  assert.is(faults.length, 4);
});

for (const name of ['schema', 'connection_limit', 'pgbouncer', 'pool_timeout', 'client_encoding']) {
  it(`leaves out ${name}, with a warning`, () => {
    const {libpq, warnings, faults} = parseConnectionUrl(`postgres://h/d?${name}=x`);
    assert.equal([libpq, faults], [{PGHOST: 'h', PGDATABASE: 'd'}, []]);
    assert.match(warnings.join(), `parameter ${name}`);
  });
}

it('finds the password of a broken URL, for the redactor', () => {
  const rows: readonly [string, string][] = [
    ['postgres://u:p%40x@h/d', 'p@x'],
    ['postgres://u:p@x@h/d', 'p@x'],
    ['postgres://u:p/x@h/d', 'p/x'],
    ['mysql://u:p#x@h/d', 'p#x'],
    ['postgres://h/d?password=p%20x', 'p x'],
    ['postgres://u:p%zz@h/d', 'p%zz'],
  ];
  for (const [url, password] of rows) assert.ok(passwordsIn(url).includes(password), url);
});

it.run();

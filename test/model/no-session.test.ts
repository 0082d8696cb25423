import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {finalFault, isTimeout, readinessOf} from '../../lib/model/no-session.ts';

const it = suite('no session');

const connection = {
  libpq: {PGHOST: 'db', PGUSER: 'app', PGDATABASE: 'shop', PGPASSWORD: 's3cret'},
  source: 'DATABASE_URL (.env line 3)',
};

const socket =
  'connection to server on socket "/run/x/.s.PGSQL.5432" failed: Permission denied\n\tIs the server running locally';

const rows: readonly [said: string, exitCode: number, kind: string | undefined, says?: RegExp][] = [
  ['FATAL:  password authentication failed for user "app"', 0, 'unavailable', /refused the login/],
  ['FATAL:  パスワード認証に失敗しました', 0, 'unavailable', /'app'.*'shop'.*\.env line 3/],
  ['FATAL:  sorry, too many clients already', 0, undefined],
  ['FATAL:  too many connections for role "app"', 0, undefined],
  ['FATAL:  remaining connection slots are reserved', 0, undefined],
  ['FATAL:  the database system is starting up', 1, undefined],
  ['connection to server at "db", port 5432 failed: Connection refused', 2, undefined],
  ['could not translate host name "db" to address', 2, undefined],
  [socket, 2, 'unavailable', /may not use the server's socket/],
  ['invalid sslmode value: "bogus"', 3, 'settings', /libpq does not take .* DATABASE_URL/],
];

for (const [said, exitCode, kind, says = /./] of rows)
  it(`${kind ? `gives up (${kind})` : 'goes on'} after: ${said.slice(0, 60)}`, () => {
    const readiness = readinessOf(exitCode);
    const fault = finalFault(connection, {said, readiness, cause: new Error(said)});
    assert.is(fault?.kind, kind);
    if (!fault) return;
    assert.match(fault.message, says);
    assert.not.match(`${fault.message}${fault.hint}`, 's3cret');
  });

const origins: readonly [what: string, libpq: Record<string, string>, says: string][] = [
  ['none', {}, 'no password was given: DATABASE_URL (.env line 3)'],
  ['a file', {PGPASSFILE: '/etc/pass'}, 'passwords are looked for in /etc/pass'],
];
for (const [what, libpq, says] of origins)
  it(`tells where the password came from: ${what}`, () => {
    const fault = finalFault(
      {...connection, libpq},
      {said: 'x', readiness: 'accepts', cause: undefined},
    );
    assert.match(fault?.message ?? '', says);
  });

it('knows a wait in vain', () => {
  assert.ok(isTimeout('connection to server at "10.0.0.1", port 5432 failed: timeout expired'));
  assert.not.ok(isTimeout('connection refused'));
});

it.run();

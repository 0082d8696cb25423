/** Where an application looks for its database, by its environment. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {databaseHostsOf, whyNotReached} from '../../../lib/model/deploy/database-hosts.ts';

const it = suite('database hosts');

const cases: readonly (readonly [environment: Record<string, string>, ...hosts: string[]])[] = [
  [{DATABASE_URL: 'postgresql://app:p@db:5432/app'}, 'db:5432'],
  [{DATABASE_URL: 'postgresql+asyncpg://app:p%40x@db/app'}, 'db'],
  [{DATABASE_URL: 'postgres://app:p@ss@db/app'}, 'db'],
  [{X: 'jdbc:postgresql://db:5433/app'}, 'db:5433'],
  [{URL: 'postgres://u@one:5432,two/app'}, 'one:5432', 'two'],
  [{URL: 'postgres:///app?host=/var/run/postgresql'}, '/var/run/postgresql'],
  [{URL: 'postgres:///app'}, 'localhost'],
  [{URL: 'postgres://u@[::1]:5432/app'}, '[::1]:5432'],
  [{URL: 'postgres://u@%2Fvar%2Frun/app'}, '/var/run'],
  [{PGHOST: 'db', PGPORT: '5432'}, 'db:5432'],
  [{DB_HOST: 'db', DB_PORT: ''}, 'db'],
  [{SHOP_DATABASE_HOST: 'db', SHOP_DATABASE_PORT: '6432'}, 'db:6432'],
  [{DSN: "host=db port=5432 dbname=app password='$$x'"}, 'db:5432'],
  [{REDIS_HOST: 'redis', SMTP_SERVER: 'mail', HOST: '0.0.0.0'}],
  [{DATABASE_URL: 'sqlite:///app.db'}],
  [{DATABASE_URL: 'mysql://u@db/app'}],
];

for (const [environment, ...hosts] of cases)
  it(`finds ${hosts.join(' and ') || 'none'} in ${JSON.stringify(environment)}`, () => {
    const found = databaseHostsOf({environment});
    assert.equal(
      found.map(({host, port}) => (port === undefined ? host : `${host}:${port}`)),
      hosts,
    );
  });

const reached: readonly (readonly [
  host: string,
  port: string | undefined,
  says: RegExp | undefined,
])[] = [
  ['db', undefined, undefined],
  ['db.internal.example.com', '5432', undefined],
  ['shop_db-1', '5432', undefined],
  ['db', '6432', /at port 6432/],
  ['localhost', '5432', /at 'localhost'/],
  ['127.0.0.1', undefined, /at '127\.0\.0\.1'/],
  ['10.0.0.5', undefined, /at '10\.0\.0\.5'/],
  ['[::1]', undefined, /stand in for/],
  ['/var/run/postgresql', undefined, /stand in for/],
  ['', undefined, /stand in for/],
];

for (const [host, port, says] of reached)
  it(`${says ? 'does not stand in' : 'stands in'} for '${host}' at ${port ?? 'the usual port'}`, () => {
    const why = whyNotReached({host, port, key: 'URL'});
    if (says) assert.match(why ?? '', says);
    else assert.is(why, undefined);
  });

it.run();

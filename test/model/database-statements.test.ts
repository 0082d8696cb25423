import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {aboutDatabase} from '../../lib/model/database-statements.ts';
import {NotPlainSql} from '../../lib/model/sql-script.ts';

const it = suite('statements about a database');

const rows: readonly (readonly [from: string, statement: string, said: string])[] = [
  [
    'app',
    "CREATE DATABASE app WITH TEMPLATE = template0 ENCODING = 'UTF8'",
    `CREATE DATABASE "x""y" WITH TEMPLATE = template0 ENCODING = 'UTF8'`,
  ],
  ['app', 'ALTER DATABASE app OWNER TO app', 'ALTER DATABASE "x""y" OWNER TO app'],
  [
    'app',
    "ALTER DATABASE app SET search_path TO 'app', 'public'",
    `ALTER DATABASE "x""y" SET search_path TO 'app', 'public'`,
  ],
  [
    'App',
    `COMMENT ON DATABASE "App" IS 'DATABASE "App"'`,
    `COMMENT ON DATABASE "x""y" IS 'DATABASE "App"'`,
  ],
  [
    'app',
    'REVOKE CONNECT,TEMPORARY ON DATABASE app FROM PUBLIC',
    'REVOKE CONNECT,TEMPORARY ON DATABASE "x""y" FROM PUBLIC',
  ],
  [
    'a b',
    'GRANT ALL ON DATABASE "a b" TO "on database app"',
    'GRANT ALL ON DATABASE "x""y" TO "on database app"',
  ],
  [
    'app',
    `ALTER ROLE "in database" IN DATABASE app SET work_mem TO '4MB'`,
    `ALTER ROLE "in database" IN DATABASE "x""y" SET work_mem TO '4MB'`,
  ],
  [
    'app',
    `SECURITY LABEL FOR selinux ON DATABASE app IS 'x'`,
    `SECURITY LABEL FOR selinux ON DATABASE "x""y" IS 'x'`,
  ],
  ['app', 'SET default_transaction_read_only = off', 'SET default_transaction_read_only = off'],
];

for (const [from, statement, said] of rows) {
  it(`says of another database: ${statement}`, () => {
    assert.is(aboutDatabase(statement, {from, to: 'x"y'}), said);
  });
}

const refused: readonly string[] = [
  'ALTER DATABASE other OWNER TO app',
  'ALTER DATABASE "APP" OWNER TO app',
  'CREATE ROLE app',
  "ALTER ROLE app SET work_mem TO '4MB'",
  'GRANT app TO other',
];

for (const statement of refused) {
  it(`refuses what is not about the database: ${statement}`, () => {
    assert.throws(
      () => aboutDatabase(statement, {from: 'app', to: 'copy'}),
      (error: unknown) => error instanceof NotPlainSql,
    );
  });
}

it.run();

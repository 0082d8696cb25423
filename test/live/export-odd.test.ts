/** What PostgreSQL alone has, on its way into SQLite and JSON: kept, or told. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type ExportedJson, exportJson} from '../../lib/tasks/export-json.ts';
import {type ExportedSqlite, exportSqlite} from '../../lib/tasks/export-sqlite.ts';
import {testContext} from '../support/context.ts';
import {askFile} from '../support/migrated.ts';
import {createDatabase, psql, startPostgres, type TestServer} from '../support/postgres.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('export of what PostgreSQL alone has');

if (has('postgres') && has('sqlite')) {
  let server: TestServer & {end(): Promise<void>};
  let databases = 0;
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(async () => {
    await server?.end();
  });

  type Exported = {
    readonly file: string;
    readonly exported: ExportedSqlite;
    readonly inJson: ExportedJson;
    readonly json: string;
  };

  const withExported = (sql: string, use: (exported: Exported) => void) =>
    withTempFolder(async (project) => {
      databases += 1;
      const database = `odd_${databases}`;
      await createDatabase(server, database, {sql});
      const context = testContext(project);
      const connection = {libpq: {...server.libpq, PGDATABASE: database}, source: 'test'};
      const [file, text] = [join(project, 'out.db'), join(project, 'out.json')];
      try {
        const request = {connection, path: file, schema: 'public', include: [], exclude: []};
        const exported = await exportSqlite(context, request);
        const inJson = await exportJson(context, {connection, path: text, schema: 'public'});
        use({file, exported, inJson, json: readFileSync(text, 'utf8').replaceAll('\n', '')});
      } finally {
        await context.tools.end();
        await psql(server, `DROP DATABASE ${database} WITH (FORCE)`);
      }
    });

  /** What is made, what the file is asked, its answer, the file of JSON, and what is told as not carried by either. */
  type Case = {
    readonly title: string;
    readonly sql: string;
    readonly asks: string;
    readonly says: string;
    readonly json: string;
    readonly told?: readonly string[];
    readonly toldInJson?: readonly string[];
  };

  const cases: readonly Case[] = [
    {
      title: 'a row of a table that inherits comes once',
      sql: `CREATE TABLE p (id int); CREATE TABLE c (x int) INHERITS (p); INSERT INTO p VALUES (1); INSERT INTO c VALUES (2, 9)`,
      asks: 'SELECT (SELECT group_concat(id) FROM p), (SELECT group_concat(id) FROM c)',
      says: '1|2',
      json: '{"c": [{"id":2,"x":9}],"p": [{"id":1}]}',
      told: [`inheritance of 'c' (p)`],
    },
    {
      title: 'a column with any name is a column of the row',
      sql: `CREATE TYPE pair AS (a int); CREATE TABLE t (r pair, j int, t text); INSERT INTO t VALUES (ROW(1), 2, 'x'); CREATE TABLE u (r int); INSERT INTO u VALUES (3)`,
      asks: 'SELECT t.r, j, t, u.r FROM t, u',
      says: '{"a":1}|2|x|3',
      json: '{"t": [{"r":{"a":1},"j":2,"t":"x"}],"u": [{"r":3}]}',
    },
    {
      title: 'a table without columns is told',
      sql: 'CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES; CREATE TABLE t (a int)',
      asks: 'SELECT group_concat(name) FROM sqlite_schema',
      says: 't',
      json: '{"bare": [{}],"t": []}',
      told: [`table 'bare'`],
    },
    {
      title: 'rows that lie in another order than their key are the same rows',
      sql: `CREATE TABLE k (id int PRIMARY KEY, v text); INSERT INTO k VALUES (3, 'c'), (1, 'a'), (2, 'b');
        CREATE TABLE s (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text); INSERT INTO s (v) VALUES ('a'), ('b'); UPDATE s SET v = 'z' WHERE id = 1`,
      asks: 'SELECT (SELECT group_concat(v) FROM k), (SELECT group_concat(v) FROM s)',
      says: 'a,b,c|z,b',
      json: '{"k": [{"id":1,"v":"a"},{"id":2,"v":"b"},{"id":3,"v":"c"}],"s": [{"id":1,"v":"z"},{"id":2,"v":"b"}]}',
    },
    {
      title: 'a foreign key refers to the column by the name that it has in the file',
      sql: `CREATE TABLE p (x int, "X" int PRIMARY KEY); INSERT INTO p VALUES (1, 2); CREATE TABLE c (p int REFERENCES p); INSERT INTO c VALUES (2)`,
      asks: 'SELECT "to", (SELECT count(*) FROM pragma_foreign_key_check) FROM pragma_foreign_key_list(\'c\')',
      says: 'X_2|0',
      json: '{"c": [{"p":2}],"p": [{"x":1,"X":2}]}',
    },
    {
      title: 'a zero with a sign is a zero, and told',
      sql: `CREATE TABLE t (a real, b float8); INSERT INTO t VALUES ('-0', '-0'), (1, 0)`,
      asks: 'SELECT group_concat(a || typeof(b)) FROM t',
      says: '0.0real,1.0real',
      json: '{"t": [{"a":-0,"b":-0},{"a":1,"b":0}]}',
      told: [`the sign of negative zeros in 't.a'`, `the sign of negative zeros in 't.b'`],
    },
    {
      title: 'a collation without capitals becomes NOCASE, and is told',
      sql: `CREATE COLLATION nc (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE TABLE t (a text COLLATE nc UNIQUE); INSERT INTO t VALUES ('Bob')`,
      asks: `SELECT count(*) FROM t WHERE a = 'bOB'`,
      says: '1',
      json: '{"t": [{"a":"Bob"}]}',
      told: [`collation 'nc' of 'a' of 't'`],
    },
    {
      title: 'what a domain asks of its values is told',
      sql: `CREATE DOMAIN one AS int CHECK (VALUE > 0); CREATE DOMAIN two AS one NOT NULL; CREATE TABLE t (a two); INSERT INTO t VALUES (5)`,
      asks: 'SELECT a FROM t',
      says: '5',
      json: '{"t": [{"a":5}]}',
      told: [`what the domain of 'a' of 't' asks`, `what the domain of 'a' of 't' asks`],
    },
    {
      title: 'the JSON null beside NULL is told, where it is lost',
      sql: `CREATE DOMAIN doc AS json; CREATE TABLE t (a jsonb, b doc, c json, d jsonb[]); INSERT INTO t VALUES ('null', ' null', '[null]', ARRAY['null', NULL]::jsonb[]), (NULL, NULL, NULL, NULL)`,
      asks: `SELECT group_concat(ifnull(a, 'NULL') || ifnull(b, 'NULL')) FROM t`,
      says: 'null null,NULLNULL',
      json: '{"t": [{"a":null,"b": null,"c":[null],"d":[null,null]},{"a":null,"b":null,"c":null,"d":null}]}',
      told: [`the difference between NULL and the JSON null in 't.d'`],
      toldInJson: ['a', 'b', 'd'].map(
        (column) => `the difference between NULL and the JSON null in 't.${column}'`,
      ),
    },
    {
      title: 'arrays that begin elsewhere than at 1 are told',
      sql: `CREATE TABLE t (a int[], b int[], c text[]); INSERT INTO t VALUES ('[0:1]={1,2}', '{3}', '[1:1][2:3]={{x,y}}'), (NULL, '{}', '{z}')`,
      asks: 'SELECT a, b, c FROM t LIMIT 1',
      says: '[1,2]|[3]|[["x","y"]]',
      json: '{"t": [{"a":[1,2],"b":[3],"c":[["x","y"]]},{"a":null,"b":[],"c":["z"]}]}',
      told: [`the first places of arrays in 't.a'`, `the first places of arrays in 't.c'`],
      toldInJson: [`the first places of arrays in 't.a'`, `the first places of arrays in 't.c'`],
    },
    {
      title: 'what takes one NULL for another is told',
      sql: `CREATE TABLE t (a int CONSTRAINT one UNIQUE NULLS NOT DISTINCT, b int UNIQUE, c int); CREATE UNIQUE INDEX two ON t (c) NULLS NOT DISTINCT; INSERT INTO t VALUES (NULL, NULL, NULL); CREATE TABLE u (a int NOT NULL UNIQUE NULLS NOT DISTINCT)`,
      asks: `SELECT count(*) FROM pragma_index_list('t') WHERE "unique"`,
      says: '3',
      json: '{"t": [{"a":null,"b":null,"c":null}],"u": []}',
      told: [`the equality of NULLs in 'one' of 't'`, `the equality of NULLs in 'two' of 't'`],
    },
    {
      title: 'times before our era, without end and at the ends of what there is are texts',
      sql: `CREATE TABLE t (a timestamptz, b date); INSERT INTO t VALUES ('infinity', '-infinity'), ('0044-03-15 BC', '4714-11-24 BC'), ('294276-12-31 23:59:59+00', '5874897-12-31')`,
      asks: `SELECT group_concat(a || ' ' || b) FROM t`,
      says: 'infinity -infinity,0044-03-15 00:00:00+00 BC 4714-11-24 BC,294276-12-31 23:59:59+00 5874897-12-31',
      json: '{"t": [{"a":"infinity","b":"-infinity"},{"a":"0044-03-15T00:00:00+00:00 BC","b":"4714-11-24 BC"},{"a":"294276-12-31T23:59:59+00:00","b":"5874897-12-31"}]}',
    },
  ];

  for (const {title, sql, asks, says, json, told = [], toldInJson = []} of cases)
    it(title, () =>
      withExported(sql, ({file, exported, inJson, json: text}) => {
        assert.is(askFile(file, asks), says);
        assert.is(text, json);
        assert.equal(
          exported.notCarried.map(({what}) => what),
          told,
        );
        assert.equal(
          inJson.notCarried.map(({what}) => what),
          toldInJson,
        );
      }),
    );
}

it.run();

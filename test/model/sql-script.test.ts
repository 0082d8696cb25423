import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {definingStatements, plainStatement, plainStatements} from '../../lib/model/sql-script.ts';

const it = suite('SQL for psql');

const taken: readonly [title: string, sql: string, statements: readonly string[]][] = [
  ['two statements', 'SELECT 1;\nSELECT 2;', ['SELECT 1', 'SELECT 2']],
  ['a semicolon and a command in a text', `SELECT ';\\! id';`, [`SELECT E';\\\\! id'`]],
  ['a text that ends with a backslash', `SELECT 'C:\\';`, [`SELECT E'C:\\\\'`]],
  ['an escaped quote', `SELECT E'it\\'s';`, [`SELECT E'it\\'s'`]],
  ['a command in a name', 'SELECT "\\! id";', ['SELECT "\\! id"']],
  ['a command in dollar quotes', 'SELECT $a$;\n\\! id $a$;', ['SELECT $a$;\n\\! id $a$']],
  ['a quote in a comment', "SELECT 1; -- it's\nSELECT 2", ['SELECT 1', 'SELECT 2']],
  ['an escape sequence of a terminal', "SELECT '\u001b]0;x';", [`SELECT E'\\x1b]0;x'`]],
  ['a dollar in a word', 'SELECT a$b$ FROM t;', ['SELECT a$b$ FROM t']],
];
for (const [title, sql, statements] of taken)
  it(`is taken apart: ${title}`, () => {
    assert.equal(plainStatements(sql), statements);
  });

const refused: readonly [title: string, sql: string][] = [
  ['a command', '\\! id'],
  ['a command after a statement', 'SELECT 1 \\! id'],
  ['a command behind a text', "SELECT 'a' \\! id"],
  ['a command behind a quote in a comment', "-- '\n\\! id -- '"],
  ['a command between block comments', "/* ' */ \\! id /* ' */"],
  ['a text that does not end', "SELECT 'a"],
  ['dollar quotes that do not end', 'SELECT $a$ b'],
];
for (const [title, sql] of refused)
  it(`is refused: ${title}`, () => {
    assert.throws(() => plainStatements(sql));
  });

it('is refused where one statement is expected and two come', () => {
  assert.throws(() => plainStatement('SELECT 1; COPY t FROM stdin'));
  assert.is(plainStatement('SELECT 1;'), 'SELECT 1');
});

const strangers = [
  'COPY t FROM stdin;',
  'SELECT 1;',
  "SELECT set_config('standard_conforming_strings', 'off', false);",
  "DO $$ BEGIN EXECUTE 'x'; END $$;",
  'SET session_authorization = x;',
  'SET SESSION AUTHORIZATION DEFAULT;',
  "SET SESSION AUTHORIZATION 'x';",
  'SET SESSION AUTHORIZATION x SELECT 1;',
  'RESET ALL;',
  'RESET SESSION AUTHORIZATION x;',
  "CREATE FUNCTION f() RETURNS int AS 'x' LANGUAGE c;",
];
for (const sql of strangers)
  it(`of a definition is refused where it is another kind: ${sql.slice(0, 30)}`, () => {
    assert.throws(() => definingStatements(sql));
  });

it('of a definition is taken where it makes roles, tablespaces and databases', () => {
  const sql = [
    'SET default_transaction_read_only = off;',
    'SET SESSION AUTHORIZATION "a; b";',
    'GRANT CREATE ON DATABASE d TO c;',
    'RESET SESSION AUTHORIZATION;',
    'CREATE ROLE "a;\nb";',
    "ALTER ROLE a WITH LOGIN VALID UNTIL '2001-02-03';",
    "CREATE TABLESPACE t OWNER a LOCATION '';",
    'GRANT a TO b GRANTED BY postgres;',
    "COMMENT ON DATABASE app IS 'it''s';",
  ].join('\n');
  assert.is(definingStatements(sql).length, 9);
});

it.run();

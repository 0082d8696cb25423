import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  compareSchemas,
  isOfDatabase,
  makesPublic,
  schemaEntries,
} from '../../lib/model/schema-text.ts';

const it = suite('schema text');

type Part = {type: string; name: string; schema?: string; owner?: string; place?: string};

const entry = ({type, name, schema = 'public', owner = 'app', place}: Part, sql: string) =>
  `--\n-- Name: ${name}; Type: ${type}; Schema: ${schema}; Owner: ${owner}${place === undefined ? '' : `; Tablespace: ${place}`}\n--\n\n${sql}\n\n\n`;

const dump = (...entries: readonly string[]) =>
  `--\n-- PostgreSQL database dump\n--\n\n\\restrict AbC\n\nSET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n\n${entries.join('')}--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict AbC\n\n`;

const table = (lines: string) =>
  entry({type: 'TABLE', name: 'orders'}, `CREATE TABLE public.orders (\n${lines}\n);`);
const orders = table('    id integer NOT NULL,\n    note text');

it('takes a dump apart, without what belongs to the session', () => {
  const text = dump(
    "SET default_tablespace = '';\n\n",
    entry({type: 'DATABASE', name: 'app', schema: '-', owner: "it's me"}, 'CREATE DATABASE app;'),
    '\\connect app\n\nSET statement_timeout = 0;\n\n',
    entry(
      {type: 'INDEX', name: 'odd; Type: name', place: 'fast'},
      'CREATE INDEX "odd; Type: name" ON x (a);',
    ),
    entry({type: 'EXTENSION', name: 'hstore', schema: '-', owner: ''}, 'CREATE EXTENSION hstore;'),
  );
  assert.equal(schemaEntries(text), [
    {
      type: 'DATABASE',
      name: 'app',
      schema: '-',
      owner: "it's me",
      tablespace: '',
      sql: 'CREATE DATABASE app;',
    },
    {
      ...{
        type: 'INDEX',
        name: 'odd; Type: name',
        schema: 'public',
        owner: 'app',
        tablespace: 'fast',
      },
      sql: 'CREATE INDEX "odd; Type: name" ON x (a);',
    },
    {
      type: 'EXTENSION',
      name: 'hstore',
      schema: '-',
      owner: '',
      tablespace: '',
      sql: 'CREATE EXTENSION hstore;',
    },
  ]);
});

it('knows what is about the database itself', () => {
  const rows: readonly [Part, boolean][] = [
    [{type: 'DATABASE', name: 'app', schema: '-'}, true],
    [{type: 'DATABASE PROPERTIES', name: 'app', schema: '-'}, true],
    [{type: 'ACL', name: 'DATABASE app', schema: '-'}, true],
    [{type: 'COMMENT', name: 'DATABASE app', schema: '-'}, true],
    [{type: 'ACL', name: 'SCHEMA app', schema: '-'}, false],
    [{type: 'COMMENT', name: 'DATABASE app', schema: 'public'}, false],
    [{type: 'TABLE', name: 'DATABASE', schema: 'public'}, false],
  ];
  for (const [part, expected] of rows) {
    const [parsed] = schemaEntries(entry(part, 'x;'));
    assert.ok(parsed);
    assert.is(isOfDatabase(parsed), expected, `${part.type} ${part.name}`);
  }
});

it('knows a dump that makes the schema public', () => {
  const schema = (name: string, sql: string) =>
    schemaEntries(entry({type: 'SCHEMA', name, schema: '-'}, sql));
  assert.is(makesPublic(schema('public', 'CREATE SCHEMA public;')), true);
  assert.is(
    makesPublic(schema('public', '-- *not* creating schema, since initdb creates it')),
    false,
  );
  assert.is(makesPublic(schema('other', 'CREATE SCHEMA other;')), false);
  assert.is(
    makesPublic(
      schemaEntries(entry({type: 'FUNCTION', name: 'public'}, 'AS $$\nCREATE SCHEMA public;\n$$;')),
    ),
    false,
  );
});

const body = (text: string) =>
  entry(
    {type: 'FUNCTION', name: 'f()'},
    `CREATE FUNCTION public.f() RETURNS void\n    LANGUAGE sql\n    AS ${text};`,
  );
const heading =
  '\n--\n-- Name: evil; Type: DATABASE; Schema: -; Owner: app\n--\n\n\\! touch /tmp/evil\nSET x = 1;\n';
const imitations: readonly [string, string][] = [
  ['a body between $$', body(`$$${heading}$$`)],
  ['a body between $_$', body(`$_$ $$ $1 ${heading} $$ $_$`)],
  ['a body between quotes', body(`'it''s${heading}'`)],
  [
    'a comment',
    entry({type: 'COMMENT', name: 'TABLE orders'}, `COMMENT ON TABLE orders IS 'it''s${heading}';`),
  ],
  [
    'a name',
    entry({type: 'TABLE', name: 'odd  Name'}, `CREATE TABLE public."it's ""${heading}" (\n);`),
  ],
  [
    'a heading with an open quote',
    `${entry({type: 'TABLE', name: 'it\'s "odd $$'}, 'CREATE TABLE x ();')}${body(`$$${heading}$$`)}`,
  ],
];

for (const [what, text] of imitations)
  it(`is not led astray by a heading in ${what}`, () => {
    const entries = schemaEntries(dump(text, orders));
    assert.equal(entries.filter(isOfDatabase), []);
    assert.is(entries.at(-1)?.name, 'orders');
    const imitator = entries.at(-2);
    assert.match(imitator?.sql ?? '', /Type: DATABASE[\s\S]*touch[\s\S]*SET x = 1;/);
    assert.match(compareSchemas(text, text.replace('SET x = 1', 'SET x = 2'))[0] ?? '', /differs/);
  });

const policy = (roles: string) =>
  entry(
    {type: 'POLICY', name: 'orders p'},
    `CREATE POLICY p ON public.orders TO ${roles} USING ((id > 0));`,
  );
const extensionComment = entry(
  {type: 'COMMENT', name: 'EXTENSION hstore', schema: '-', owner: ''},
  "COMMENT ON EXTENSION hstore IS 'x';",
);
const index = (on: string) =>
  entry({type: 'INDEX', name: 'i'}, `CREATE INDEX i ON public.orders USING btree (${on});`);

const differences: readonly [string, string, string, readonly RegExp[]][] = [
  ['nothing', dump(orders), dump(orders), []],
  ['the order of objects', dump(orders, index('id')), dump(index('id'), orders), []],
  [
    'the order of columns',
    dump(orders),
    dump(table('    note text,\n    id integer NOT NULL')),
    [],
  ],
  ['the key of \\restrict', dump(orders), dump(orders).replaceAll('AbC', 'XyZ'), []],
  ['the order of roles of a policy', dump(policy('a, b')), dump(policy('b, a')), []],
  [
    'another role of a policy',
    dump(policy('a, b')),
    dump(policy('a, c')),
    [/^POLICY public orders p differs/],
  ],
  ['the comment that an extension brings', dump(), dump(extensionComment), []],
  [
    'a lost comment of an extension',
    dump(extensionComment),
    dump(),
    [/^COMMENT EXTENSION hstore is missing/],
  ],
  ['a lost table', dump(orders), dump(), [/^TABLE public orders is missing$/]],
  ['a table more', dump(), dump(orders), [/^TABLE public orders is not in the set$/]],
  [
    'another type of a column',
    dump(orders),
    dump(table('    id bigint NOT NULL,\n    note text')),
    [/^TABLE public orders differs: recorded 'id integer NOT NULL', found 'id bigint NOT NULL'$/],
  ],
  [
    'a column more',
    dump(orders),
    dump(table('    id integer NOT NULL,\n    note text,\n    more text')),
    [/found 'more text'/],
  ],
  [
    'another column of an index',
    dump(index('id')),
    dump(index('note')),
    [/^INDEX public i differs/],
  ],
  [
    'another order in an index',
    dump(index('id, note')),
    dump(index('note, id')),
    [/^INDEX public i differs/],
  ],
  [
    'another owner',
    dump(orders),
    dump(orders.replace('Owner: app', 'Owner: eve')),
    [/recorded 'owner app', found 'owner eve'/],
  ],
  [
    'another tablespace',
    dump(entry({type: 'TABLE', name: 't', place: 'fast'}, 'x;')),
    dump(entry({type: 'TABLE', name: 't'}, 'x;')),
    [/recorded 'tablespace fast'/],
  ],
  [
    'one of two grants of one name',
    dump(
      entry({type: 'ACL', name: 'TABLE t'}, 'GRANT a;'),
      entry({type: 'ACL', name: 'TABLE t'}, 'GRANT b;'),
    ),
    dump(entry({type: 'ACL', name: 'TABLE t'}, 'GRANT a;')),
    [/^ACL public TABLE t differs: recorded 'GRANT b;'/],
  ],
  [
    'lines of a body that changed places',
    dump(body('$$\n  a;\n  b;\n$$')),
    dump(body('$$\n  b;\n  a;\n$$')),
    [/^FUNCTION public f\(\) differs: the order of its lines$/],
  ],
  [
    'two things at once',
    dump(orders),
    dump(index('id')),
    [/^TABLE public orders is missing/, /^INDEX public i is not in the set/],
  ],
];

for (const [what, was, is, sentences] of differences)
  it(`${sentences.length === 0 ? 'passes over' : 'names'} ${what}`, () => {
    const found = compareSchemas(was, is);
    assert.is(found.length, sentences.length, found.join('\n'));
    for (const [index, sentence] of sentences.entries()) assert.match(found[index] ?? '', sentence);
  });

it.run();

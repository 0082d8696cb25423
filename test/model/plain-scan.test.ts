/** Dumps as text: what is in them, what is left out of them, and what is refused. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {createScanner, DumpRefused, type Scan} from '../../lib/model/plain-scan.ts';

const it = suite('a scan of plain SQL');

const head = `--
-- PostgreSQL database dump
--

\\restrict abcDEF123

-- Dumped from database version 15.18 (Debian 15.18-1)

SET standard_conforming_strings = on;
`;
const tail = `--
-- PostgreSQL database dump complete
--

\\unrestrict abcDEF123

`;

const scan = (text: string | Buffer, step = text.length): Scan => {
  const scanner = createScanner();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += step) scanner.push(bytes.subarray(at, at + step));
  return scanner.end();
};
const whole = (body: string) => `${head}${body}\n${tail}`;
const rowsOf = ({sections}: Scan) => Object.fromEntries(sections[0]?.rows ?? []);
const textOf = (dump: string, lines: readonly number[]) =>
  lines.map((line) => dump.split('\n')[line - 1]);

it('counts the rows of each table, in pieces of any size', () => {
  const text = whole(
    `COPY public.a (id, note) FROM stdin;\n1\tit's \\\\.\n2\t;\n3\t\\restrict x\n\\.\n\nCOPY public."O""dd;" (x) FROM stdin;\n\\.\n\nCOPY public.none  FROM stdin;\n\n\n\\.\n`,
  );
  for (const step of [1, 2, 3, 7, 64, text.length])
    assert.equal(rowsOf(scan(text, step)), {'public.a': 3, 'public."O""dd;"': 0, 'public.none': 2});
});

it('calls rows that are written as INSERT not counted', () => {
  assert.equal(rowsOf(scan(whole(`INSERT INTO public.a VALUES (1, 'x;\ny');`))), {
    'public.a': null,
  });
});

it('reads a line of a hundred thousand texts at once', () => {
  const values = Array.from({length: 100_000}, (_, index) => `'it''s ${index}'`).join(', ');
  const text = whole(`INSERT INTO public.a VALUES (${values});`);
  assert.equal(rowsOf(scan(text)), {'public.a': null});
});

it('counts large objects', () => {
  const text = whole(`SELECT pg_catalog.lo_create('1');\nSELECT pg_catalog.lo_create('2');`);
  assert.equal(rowsOf(scan(text)), {'pg_catalog.pg_largeobject_metadata': 2});
});

it('leaves out owners and grants, and no text that looks like them', () => {
  const text = whole(
    [
      'CREATE TABLE public.a (id integer);',
      'ALTER TABLE public.a OWNER TO "Some;One";',
      'GRANT SELECT ON TABLE public.a TO someone;',
      'ALTER DEFAULT PRIVILEGES FOR ROLE x IN SCHEMA public GRANT ALL ON TABLES TO y;',
      "COMMENT ON TABLE public.a IS 'first",
      'GRANT SELECT ON TABLE public.a TO someone;',
      "ALTER TABLE public.a OWNER TO someone;';",
      'CREATE FUNCTION public.f() RETURNS void LANGUAGE plpgsql AS $_$',
      'BEGIN',
      'GRANT SELECT ON TABLE public.a TO someone;',
      "-- it's",
      'END $_$;',
      '/* a comment /* in one */ GRANT x TO y; */',
      "COMMENT ON EXTENSION citext IS 'a",
      "b';",
    ].join('\n'),
  );
  const {ownership, sections} = scan(text);
  assert.equal(textOf(text, ownership), [
    'ALTER TABLE public.a OWNER TO "Some;One";',
    'GRANT SELECT ON TABLE public.a TO someone;',
    'ALTER DEFAULT PRIVILEGES FOR ROLE x IN SCHEMA public GRANT ALL ON TABLES TO y;',
    "COMMENT ON EXTENSION citext IS 'a",
    "b';",
  ]);
  assert.equal(sections[0]?.owners, ['Some;One']);
});

it('names extensions with their schemas, and the lines that make schemas', () => {
  const {sections, leaveOut} = scan(
    whole(
      'CREATE SCHEMA ext;\nCREATE SCHEMA public;\nCREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA ext;\nCREATE EXTENSION plpgsql;',
    ),
  );
  assert.equal(sections[0]?.extensions, [
    {name: 'uuid-ossp', schema: 'ext'},
    {name: 'plpgsql', schema: undefined},
  ]);
  assert.is(sections[0]?.schemas.get('ext'), 10);
  assert.equal(
    leaveOut.toSorted((a, b) => a - b),
    [5, 11, 18],
  );
});

const cluster = `--
-- PostgreSQL database cluster dump
--

CREATE ROLE app;

${head}
\\unrestrict abcDEF123
\\connect template1
\\restrict abcDEF123
${tail}
${head}
CREATE DATABASE app WITH TEMPLATE = template0;
ALTER DATABASE app OWNER TO app;
\\unrestrict abcDEF123
\\connect app
\\restrict abcDEF123
COPY public.a (id) FROM stdin;
1
\\.
${tail}
--
-- PostgreSQL database cluster dump complete
--
`;

it('tells the databases of a cluster apart, and what is said of roles', () => {
  const {sections, globals, isCluster, leaveOut} = scan(cluster);
  assert.ok(isCluster);
  assert.equal(
    sections.map(({database, rows}) => [database, [...rows]]),
    [
      ['template1', []],
      ['app', [['public.a', 1]]],
    ],
  );
  assert.match(globals, /^CREATE ROLE app;$/m);
  assert.ok(textOf(cluster, leaveOut).some((line) => line?.startsWith('CREATE DATABASE app')));
});

const odd = cluster.replace(
  '\\connect app\n',
  `\\encoding SQL_ASCII\n\\connect -reuse-previous=on "dbname='my-app'"\n`,
);

it('takes the pair that pg_dumpall writes for a name that psql would not take as it is', () => {
  for (const [name, written] of [
    ['my-app', 'my-app'],
    [`it's "odd" \\`, String.raw`it\'s ""odd"" \\`],
  ] as const) {
    const text = odd.replace('my-app', () => written);
    const {sections, leaveOut} = scan(text);
    assert.is(sections.at(-1)?.database, name);
    assert.ok(textOf(text, leaveOut).includes('\\encoding SQL_ASCII'));
  }
});

const refused: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ['a command of the shell', whole('\\! touch /tmp/mark'), /line 10: a command for psql/],
  ['a command behind a statement', whole('SELECT 1; \\! touch x'), /inside a statement/],
  ['a command in the middle of a statement', whole('SELECT 1\n\\g |id\n;'), /inside a statement/],
  ['another unrestrict', whole('\\unrestrict `id`'), /a command for psql/],
  ['a restrict with two words', whole('\\restrict x y'), /a command for psql/],
  ['a second restrict', whole('\\restrict xyz'), /a command for psql/],
  [
    'an end of rows with a carriage return',
    whole('COPY public.a (id) FROM stdin;\n1\n\\.\r\n\\! id\n\\.'),
    /a command for psql/,
  ],
  [
    'a COPY of another kind',
    whole('COPY public.a FROM stdin WITH (FORMAT csv);\n1\n\\.\n'),
    /a COPY that pg_dump/,
  ],
  ['a COPY in small letters', whole('copy public.a from STDIN;\n1\n\\.\n'), /a COPY that pg_dump/],
  [
    'a COPY with a statement behind it',
    whole('COPY public.a (id) FROM stdin; SELECT 1;\n1\n\\.\n'),
    /a COPY that pg_dump/,
  ],
  ['a grant beside a statement', whole('SELECT 1; GRANT a TO b;'), /several statements/],
  ['a grant with a statement behind it', whole('GRANT a TO b; SELECT 1;'), /several statements/],
  [
    'strings with backslashes',
    whole("SET standard_conforming_strings = off;\nSELECT '\\';"),
    /standard_conforming/,
  ],
  [
    'strings with backslashes, by a function',
    whole("SELECT set_config('standard_conforming_strings', 'off', false);"),
    /standard_conforming/,
  ],
  [
    'a text that goes on in the next line',
    whole("SELECT E'a'\n'\\'; GRANT a TO b; --';"),
    /a text where/,
  ],
  ['a number that becomes a text', whole("SELECT 1E'\\';"), /a text where/],
  ['a number before a dollar', whole('SELECT 1$$;$$;'), /a dollar behind a number/],
  [
    'an encoding whose characters end in a backslash',
    whole("SET client_encoding = 'SJIS';"),
    /half a character/,
  ],
  ['a NUL', whole('SELECT 1;\0'), /NUL/],
  ['a dump without its end', head, /was cut off/],
  ['a dump cut in rows', `${head}COPY public.a (id) FROM stdin;\n1\n`, /middle of the rows/],
  ['a dump cut in a statement', `${head}CREATE TABLE public.a (`, /middle of a statement/],
  ['a dump cut in a text', `${head}SELECT 'x`, /middle of a statement/],
  [
    'an end that stands in a text',
    `${head}SELECT '\n-- PostgreSQL database dump complete\n';\n\\unrestrict abcDEF123\n`,
    /was cut off/,
  ],
  [
    'an end without its unrestrict',
    whole('').replace('\\unrestrict abcDEF123\n', ''),
    /was cut off/,
  ],
  [
    'a cluster dump cut between two databases',
    cluster.slice(0, cluster.lastIndexOf('-- PostgreSQL database dump complete')),
    /was cut off/,
  ],
  [
    'a cluster dump cut behind a database',
    cluster.replace('-- PostgreSQL database cluster dump complete', ''),
    /was cut off/,
  ],
  [
    'an encoding without its connect',
    odd.replace(/\\connect -reuse.*\n/, 'SELECT 1;\n'),
    /without the `\\connect`/,
  ],
  [
    'an encoding before a connect to a plain name',
    odd.replace(/\\connect -reuse.*\n/, '\\connect app\n'),
    /without the `\\connect`/,
  ],
  ['another encoding', odd.replace('SQL_ASCII', 'SJIS'), /a command for psql/],
  ['an encoding twice', odd.replace(/(\\encoding.*\n)/, '$1$1'), /without the `\\connect`/],
  ['a connect elsewhere', whole('\\connect app otherhost'), /pg_dump does not write/],
];

for (const [title, text, says] of refused)
  it(`refuses ${title}`, () => {
    for (const step of [1, text.length])
      assert.throws(
        () => scan(text, step),
        (error: unknown) => error instanceof DumpRefused && says.test(error.message),
      );
  });

it.run();

/** What a dump tells of itself: the listing of an archive, the lines and the end of a plain dump. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {copyTargets, hasTrailer} from '../../lib/model/plain-dump.ts';
import {parseContents} from '../../lib/model/toc.ts';

const it = suite('dump text');

const listing = `;
; Archive created at 2026-11-20 03:15:00 UTC
;     dbname: shop; 1259 16999 TABLE public fake postgres
;
3; 2615 2200 SCHEMA - public pg_database_owner
215; 1259 16390 TABLE public orders app
216; 1259 16395 TABLE public order lines of 2026 app
217; 1259 16400 SEQUENCE public orders_id_seq app
3400; 0 0 SEQUENCE OWNED BY public orders_id_seq app
3401; 0 0 TABLE ATTACH public orders_2026 app
3402; 2604 16401 DEFAULT public orders id app
3403; 0 16390 TABLE DATA public orders app
3404; 0 16395 TABLE DATA public order lines of 2026 app
3405; 0 16500 TABLE DATA odd schema two lines evil owner
3406; 0 0 SEQUENCE SET public orders_id_seq app
3407; 1259 16777 VIEW public TABLE DATA public ghost app
3408; 0 0 COMMENT public TABLE orders app
`;

it('lists tables and sequences by their oid, and what has rows or a value', () => {
  const contents = parseContents(listing);
  assert.equal([...contents.tables], [16_390, 16_395]);
  assert.equal([...contents.sequences], [16_400]);
  assert.is(contents.tableData, 3);
  assert.is(contents.hasValueOf({schema: 'public', name: 'orders_id_seq'}), true);
  assert.is(contents.hasValueOf({schema: 'public', name: 'orders_id'}), false);
});

const named: readonly [string, string, boolean][] = [
  ['public', 'orders', true],
  ['public', 'order lines of 2026', true],
  ['odd schema', 'two\nlines', true],
  ['odd schema', 'two\rlines', true],
  ['public', 'orders_2026', false],
  ['public', 'ghost', false],
  ['other', 'orders', false],
  ['public', 'order', true],
  ['public', 'ord', false],
];

for (const [schema, name, isThere] of named)
  it(`${isThere ? 'finds' : 'does not find'} rows of ${JSON.stringify(`${schema}.${name}`)}`, () =>
    assert.is(parseContents(listing).hasRowsOf({schema, name}), isThere));

it('finds nothing in an empty listing', () => {
  const contents = parseContents('');
  assert.equal([contents.tables.size, contents.tableData], [0, 0]);
});

const copies = [
  'COPY public.orders (id, note) FROM stdin;',
  'COPY public."Odd ""name"".x" (id) FROM stdin;',
  'COPY "S p".t  FROM stdin;',
  'COPY public."two',
  '--',
  'COPY (SELECT 1) TO stdout;',
];

const targets: readonly [string, string, boolean][] = [
  ['public', 'orders', true],
  ['public', 'order', false],
  ['public', 'Orders', false],
  ['public', 'Odd "name".x', true],
  ['public', 'Odd ', false],
  ['S p', 't', true],
  ['public', 'two\nlines', true],
  ['public', 'three\nlines', false],
  ['public', 'two', false],
];

for (const [schema, name, isThere] of targets)
  it(`${isThere ? 'finds' : 'does not find'} the COPY of ${JSON.stringify(`${schema}.${name}`)}`, () =>
    assert.is(copyTargets(copies)({schema, name}), isThere));

const trailer = '\n--\n-- PostgreSQL database dump complete\n--\n\n';
const ends: readonly [string, string, boolean][] = [
  ['the end of pg_dump', `ALTER TABLE x;\n${trailer}`, true],
  ['the end of a newer minor', `x\n${trailer}\\unrestrict AbC123\n\n`, true],
  ['a line cut off', `x\n${trailer}`.slice(0, -12), false],
  ['nothing', '', false],
  ['a statement', 'ALTER TABLE x;\n', false],
  ['the end in the middle', `x\n${trailer}1\tmore rows\n`, false],
  ['the end and a command', `x\n${trailer}\\! rm -rf /\n`, false],
];

for (const [what, text, isWhole] of ends)
  it(`takes ${what} for ${isWhole ? 'whole' : 'cut'}`, () => assert.is(hasTrailer(text), isWhole));

it.run();

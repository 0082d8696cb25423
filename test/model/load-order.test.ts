import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {TocEntry} from '../../lib/model/archive-toc.ts';
import {loadOrder} from '../../lib/model/load-order.ts';

const it = suite('load order');

const [none, pre, data, post] = [1, 2, 3, 4] as const;
const entry = (
  id: number,
  section: TocEntry['section'],
  kind: string,
  tag: string,
  ...dependsOn: readonly number[]
): TocEntry => ({
  ...{id, section, kind, tag, schema: 'public', dependsOn, file: ''},
  definition: tag.endsWith('_words') ? `CREATE INDEX ${tag} ON public.t USING gin (words)` : '',
});

const archive = [
  entry(1, none, 'ENCODING', 'ENCODING'),
  entry(2, pre, 'SCHEMA', 'public'),
  entry(3, pre, 'TABLE', 'small'),
  entry(4, pre, 'TABLE', 'large'),
  entry(5, pre, 'TABLE', 'tree'),
  entry(6, pre, 'TABLE', 'branch', 5),
  entry(7, pre, 'SEQUENCE', 'number'),
  entry(8, pre, 'EXTENSION', 'postgis'),
  entry(40, pre, 'FUNCTION', 'is_small(integer)'),
  entry(41, pre, 'DOMAIN', 'small_number', 40),
  entry(42, pre, 'TABLE', 'checked', 41),
  entry(43, data, 'TABLE DATA', 'checked', 42),
  entry(44, post, 'CONSTRAINT', 'checked checked_pkey', 42),
  entry(45, post, 'INDEX', 'small_by_function', 3, 40),
  entry(9, data, 'TABLE DATA', 'small', 3),
  entry(10, data, 'TABLE DATA', 'large', 4),
  entry(11, data, 'TABLE DATA', 'branch', 6),
  entry(12, data, 'TABLE DATA', 'spatial_ref_sys', 8),
  entry(13, data, 'SEQUENCE SET', 'number', 7),
  entry(14, data, 'BLOBS', 'BLOBS'),
  entry(20, post, 'CONSTRAINT', 'small small_pkey', 3, 3),
  entry(21, post, 'INDEX', 'large_place', 4, 8),
  entry(22, post, 'INDEX', 'of_two_rowtypes', 3, 4),
  entry(23, post, 'INDEX', 'tree_place', 5),
  entry(24, post, 'INDEX', 'branch_place', 6),
  entry(46, post, 'INDEX', 'large_words', 4),
  entry(25, post, 'INDEX ATTACH', 'branch_place', 23, 24),
  entry(26, post, 'FK CONSTRAINT', 'large large_small_fkey', 4, 20),
  entry(27, post, 'FK CONSTRAINT', 'small small_small_fkey', 3, 20),
  entry(28, post, 'FK CONSTRAINT', 'tree tree_small_fkey', 5, 20),
  entry(29, post, 'FK CONSTRAINT', 'large large_gone_fkey', 4, 99),
  entry(30, post, 'TRIGGER', 'small watch', 3),
  entry(31, post, 'MATERIALIZED VIEW DATA', 'sums', 3),
  entry(32, pre, 'ACL', 'TABLE large', 4),
  entry(33, none, 'COMMENT', 'TABLE large', 4),
  entry(34, pre, 'DEFAULT ACL', 'DEFAULT PRIVILEGES FOR TABLES'),
];
const sizes: Readonly<Record<string, number>> = {small: 40, large: 90, branch: 50};
const bytesOf = ({tag}: {tag: string}) => sizes[tag] ?? 0;

it('gives the largest tables to lanes of their own, their indexes with them', () => {
  assert.equal(loadOrder(archive, {bytesOf, jobs: 4}), {
    first: [2, 3, 4, 5, 6, 7, 8, 40, 41, 42],
    lanes: [
      {rows: [10, 12, 13, 14], keys: [], indexes: [], inverted: [46]},
      {rows: [9, 11], keys: [20], indexes: [24], inverted: []},
    ],
    links: [
      {ids: [26], after: [0, 1]},
      {ids: [27], after: [1]},
    ],
    late: [43],
    last: [1, 44, 45, 21, 22, 23, 25, 28, 29, 30, 31, 32, 33, 34],
  });
});

it('makes no more lanes than jobs, nor than shorten the whole', () => {
  for (const [jobs, largest, lanes] of [
    [1, 90, 1],
    [2, 90, 2],
    [9, 90, 2],
    [9, 50, 3],
    [9, 1_000_000, 2],
  ] as const) {
    const made = loadOrder(archive, {
      bytesOf: ({tag}) => (tag === 'large' ? largest : bytesOf({tag})),
      jobs,
    });
    assert.is(made.lanes.length, lanes, `${jobs} jobs, the largest ${largest}`);
  }
  const unknown = loadOrder(archive, {bytesOf: () => 0, jobs: 4});
  assert.equal(
    unknown.lanes.map(({rows}) => rows),
    [[9, 10, 11, 12, 13, 14]],
  );
});

it('lets what a function is asked about come after the rows that it may read', () => {
  const {lanes, late, last} = loadOrder(archive, {bytesOf, jobs: 1});
  assert.equal(late, [43], "a domain with a check of the archive's own");
  assert.ok(last.includes(45), 'an index of what a function says');
  assert.ok(last.includes(21), 'an index that needs an extension');
  assert.not.ok(lanes.some(({rows}) => rows.includes(43)));
});

it('leaves the rows of extensions to one lane, in the order of the archive', () => {
  const more = [...archive, entry(50, data, 'TABLE DATA', 'child_of_extension', 8)];
  const {lanes} = loadOrder(more, {bytesOf: () => 1, jobs: 9});
  assert.ok(lanes.length > 1);
  assert.is(lanes.filter(({rows}) => rows.includes(12) || rows.includes(50)).length, 1);
});

it('leaves no entry out and names none twice', () => {
  for (const jobs of [1, 2, 3, 7]) {
    const {first, lanes, links, late, last} = loadOrder(archive, {bytesOf, jobs});
    const all = [
      first,
      ...lanes.flatMap(({rows, keys, indexes, inverted}) => [rows, keys, indexes, inverted]),
      ...links.map(({ids}) => ids),
      late,
      last,
    ].flat();
    assert.equal(
      [...all].sort((a, b) => a - b),
      archive.map(({id}) => id).sort((a, b) => a - b),
    );
  }
});

it('takes an archive without a row', () => {
  assert.equal(loadOrder(archive.slice(0, 3), {bytesOf, jobs: 4}), {
    first: [2, 3],
    lanes: [{rows: [], keys: [], indexes: [], inverted: []}],
    links: [],
    late: [],
    last: [1],
  });
});

it.run();

import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {compareSequences, compareTables, strangers, unprovable} from '../../lib/model/compare.ts';
import type {SequenceRecord, TableRecord} from '../../lib/model/manifest.ts';
import {aManifest, aSequence, aTable} from '../support/sets.ts';

const it = suite('compare');

const tables: readonly [
  string,
  TableRecord,
  Parameters<typeof compareTables>[1][number],
  string[],
][] = [
  ['the same', aTable('t'), aTable('t'), []],
  ['no table', aTable('t'), aTable('T'), ['table public.t is missing']],
  [
    'a table that can not be read',
    aTable('t'),
    {schema: 'public', name: 't', missing: 'column "x" does not exist'},
    ['table public.t can\'t be compared: column "x" does not exist'],
  ],
  [
    'fewer rows',
    aTable('t', {rows: 3}),
    aTable('t', {rows: 2}),
    ['table public.t has 2 rows, the set recorded 3'],
  ],
  [
    'other rows, as many',
    aTable('t', {digest: '1/2'}),
    aTable('t', {digest: '1/3'}),
    ['table public.t: its rows are not those of the set (the digests differ)'],
  ],
  [
    'rows whose digest can not be taken any more',
    aTable('Odd "t"'),
    aTable('Odd "t"', {digest: null, why: 'too long'}),
    ['table public."Odd ""t""": its rows are not those of the set (too long)'],
  ],
  ['rows that were only counted', aTable('t', {digest: null}), aTable('t', {digest: '9/9'}), []],
  ['rows that nobody counted', aTable('t', {rows: null, digest: null}), aTable('t', {rows: 7}), []],
];

for (const [what, recorded, found, sentences] of tables)
  it(`of tables: ${what}`, () => assert.equal(compareTables([recorded], [found]), sentences));

it('tells tables of one name in two schemas apart, and dots in names', () => {
  const found = [
    aTable('b.c', {schema: 'a', digest: '1/1'}),
    aTable('c', {schema: 'a.b', digest: '2/2'}),
  ];
  assert.equal(compareTables(found, found.toReversed()), []);
  const swapped = [
    aTable('b.c', {schema: 'a', digest: '2/2'}),
    aTable('c', {schema: 'a.b', digest: '1/1'}),
  ];
  assert.is(compareTables(found, swapped).length, 2);
});

it('names tables that the set does not know, but not those whose rows were left out', () => {
  const set = {
    tables: [aTable('a')],
    skipped: [
      {what: 'rows of public.log', why: ''},
      {what: 'public.gone', why: ''},
    ],
  };
  const present = ['a', 'b', 'log', 'gone'].map((name) => ({schema: 'public', name}));
  assert.equal(strangers(set, present), [
    'table public.b is not in the set',
    'table public.gone is not in the set',
  ]);
});

it('says what can not be proven', () => {
  const algorithm = (name: string) => aManifest({digest: {algorithm: name}});
  assert.equal(unprovable(aManifest()), []);
  assert.match(unprovable(algorithm('rows'))[0] ?? '', /only rows were counted/);
  assert.match(unprovable(algorithm('none'))[0] ?? '', /no digests/);
  const mute = [
    aTable('a', {digest: null, why: 'a row is beyond 1 GB'}),
    aTable('b', {digest: null}),
    aTable('c'),
  ];
  assert.equal(unprovable(aManifest({tables: mute})), [
    'public.a has no digest: a row is beyond 1 GB',
    'public.b has no digest: none was taken',
  ]);
});

const at = (value: string, isCalled = true) => ({value, isCalled});
const moving = (first: string, last: string, more: Partial<SequenceRecord> = {}) =>
  aSequence('s', {first: at(first), last: at(last), ...more});
const still = aSequence('s', {first: at('5'), last: at('5')});
const down = {increment: '-2'};
const huge = '9223372036854775807';

const sequences: readonly [
  string,
  SequenceRecord,
  ReturnType<typeof at> | undefined,
  RegExp | undefined,
][] = [
  ['where it stood', still, at('5'), undefined],
  ['one further', still, at('6'), /^sequence public\.s stands at 6, the set recorded 5$/],
  ['one back', still, at('4'), /stands at 4/],
  ['not yet called', still, at('5', false), /stands at 5 \(not yet called\), the set recorded 5$/],
  ['nowhere', still, undefined, /^sequence public\.s is missing$/],
  ['at the first of two', moving('5', '9'), at('5'), undefined],
  ['between the two', moving('5', '9'), at('7'), undefined],
  ['at the last of two', moving('5', '9'), at('9'), undefined],
  ['before both', moving('5', '9'), at('4'), /the set recorded 5 to 9$/],
  ['after both', moving('5', '9'), at('10'), /stands at 10/],
  ['between the two, downwards', moving('9', '5', down), at('7'), undefined],
  ['above both, downwards', moving('9', '5', down), at('10'), /stands at 10/],
  ['below both, downwards', moving('9', '5', down), at('4'), /stands at 4/],
  ['anywhere, if it went around', moving('9', '2', {isCycling: true}), at('1'), undefined],
  ['elsewhere, though it could go around', {...still, isCycling: true}, at('6'), /stands at 6/],
  [
    'at the end of all numbers',
    moving('9223372036854775805', huge),
    at('9223372036854775806'),
    undefined,
  ],
  [
    'where numbers of JavaScript are blurred',
    {...still, first: at(huge), last: at(huge)},
    at('9223372036854775806'),
    /stands at/,
  ],
];

for (const [what, recorded, position, sentence] of sequences)
  it(`of sequences: one that stands ${what}`, () => {
    const found = compareSequences([recorded], [{schema: 'public', name: 's', position}]);
    if (sentence === undefined) assert.equal(found, []);
    else assert.match(found[0] ?? 'nothing was found', sentence);
  });

it.run();

import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  comparables,
  displayName,
  type Relation,
  type ServerFacts,
} from '../../lib/model/catalog.ts';
import {type Reach, rightsFault} from '../../lib/model/rights.ts';
import {faultOf} from '../support/fault.ts';

const it = suite('catalog and rights');

let oids = 0;
const relation = (name: string, more: Partial<Relation> = {}): Relation => {
  oids += 1;
  return {
    ...{oid: oids, schema: 'public', name, kind: 'r', isUnlogged: false, fileNode: oids, pages: 1},
    ...{columns: ['id'], isReadable: true, hidesRows: false},
    ...{condition: null, root: null, tree: null},
    ...more,
  };
};

const shown: readonly [string, string, string][] = [
  ['public', 'orders', 'public.orders'],
  ['public', 'Orders', 'public."Orders"'],
  ['public', 'a.b', 'public."a.b"'],
  ['a b', 'x"y', '"a b"."x""y"'],
  ['public', '1st', 'public."1st"'],
  ['public', 'größe', 'public."größe"'],
  ['public', '', 'public.""'],
];

for (const [schema, name, expected] of shown)
  it(`shows ${JSON.stringify(name)} as ${expected}`, () =>
    assert.is(displayName({schema, name}), expected));

it('compares what has rows of its own, and a tree of partitions as one', () => {
  const root = relation('root', {oid: 100, kind: 'p', root: 100});
  const middle = relation('middle', {oid: 101, kind: 'p', root: 100, tree: 101});
  const leaves = ['leaf1', 'leaf2'].map((name) => relation(name, {root: 100, tree: 101}));
  const alone = relation('alone', {root: 100});
  const others = (['p', 'f', 'm'] as const).map((kind) => relation(`kind ${kind}`, {kind}));
  const found = comparables([root, middle, ...leaves, alone, relation('plain'), ...others]);
  assert.equal(
    found.map(({name, via, partitions}) => [name, via?.name, partitions?.map(({name}) => name)]),
    [
      ['alone', undefined, undefined],
      ['plain', undefined, undefined],
      ['middle', 'root', ['leaf1', 'leaf2']],
    ],
  );
});

it('leaves a tree out whose top it was not given', () => {
  assert.equal(comparables([relation('leaf', {tree: 999, root: 999})]), []);
});

const facts = {role: 'keeper'} as ServerFacts;
const all: Reach = {facts, relations: [], sequences: [], largeObjects: []};
const sequence = {oid: 1, schema: 'public', name: 's', isCycling: false, increment: '1'};

const saidOf = (reach: Partial<Reach>) =>
  faultOf(() => {
    throw rightsFault({...all, ...reach});
  }, 'unavailable');

it('has nothing to say where all can be read', () => {
  const relations = [
    relation('t'),
    relation('f', {kind: 'f', isReadable: false}),
    relation('m', {kind: 'm', isReadable: false}),
  ];
  assert.is(
    rightsFault({...all, relations, sequences: [{...sequence, isReadable: true}]}),
    undefined,
  );
});

it('names tables and sequences that may not be read, and the grant', async () => {
  const relations = [
    relation('t', {isReadable: false}),
    relation('p', {kind: 'p', isReadable: false}),
  ];
  const fault = await saidOf({relations, sequences: [{...sequence, isReadable: false}]});
  assert.is(fault.message, "the role 'keeper' may not read public.t, public.p, public.s");
  assert.is(fault.hint, 'as a superuser: GRANT pg_read_all_data TO keeper');
});

it('names everything at once: rows that would be hidden, large objects', async () => {
  const fault = await saidOf({
    facts: {...facts, role: 'Odd "role"'},
    relations: [relation('t', {hidesRows: true, isReadable: false})],
    largeObjects: [
      {oid: 77, owner: 'app'},
      {oid: 78, owner: 'app'},
    ],
  });
  assert.match(
    fault.message,
    /may not read public\.t; it would not see every row of public\.t \(row-level security\); it may not read the large objects 77, 78$/,
  );
  assert.match(
    fault.hint ?? '',
    /pg_read_all_data TO "Odd ""role"""; ALTER ROLE "Odd ""role""" BYPASSRLS; GRANT SELECT ON LARGE OBJECT 77, 78 TO/,
  );
});

it('stays short where there is much', async () => {
  const relations = Array.from({length: 20}, (_, index) =>
    relation(`t${index}`, {isReadable: false}),
  );
  assert.match((await saidOf({relations})).message, /public\.t7 and 12 more$/);
});

it.run();

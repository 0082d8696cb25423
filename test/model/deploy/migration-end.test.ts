import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {judgeMigration, type MigrationEnd} from '../../../lib/model/deploy/migration-end.ts';

const it = suite('the end of a migration');

const before = {revision: '001', word: 'a', invalidIndexes: []};
const after = {revision: '002', word: 'b', invalidIndexes: []};
const end: MigrationEnd = {before, after, exitCode: 0, head: '002', gaveUpOnLock: false};
const same = {after: before};

const rows: readonly (readonly [string, Partial<MigrationEnd>, string, RegExp?])[] = [
  ['exit code 0 and the expected revision', {}, 'done'],
  ['exit code 0, and nothing tells what to expect', {head: null}, 'done'],
  ['exit code 0, nothing to do', {...same, head: '001'}, 'done'],
  ['exit code 0 and another revision', {head: '003'}, 'partial', /'002' and not 003/],
  ['exit code 0 and the revision from before', same, 'unchanged', /'001' and not 002/],
  ['exit code 0 and no revision at all', {after: {...before, revision: null}}, 'partial', /none/],
  ['exit code 1, nothing changed', {...same, exitCode: 1}, 'unchanged', /exit code 1/],
  ['exit code 1, the revision moved', {exitCode: 1}, 'partial', /from '001' to '002'/],
  [
    'exit code 1, the schema another and the revision the same',
    {exitCode: 1, after: {...before, word: 'c'}},
    ...(['partial', /another than before although the revision is the same/] as const),
  ],
  [
    'exit code 1 and an index left unfinished',
    {exitCode: 1, after: {...before, word: 'c', invalidIndexes: ['item_name']}},
    ...(['partial', /invalid indexes: item_name/] as const),
  ],
  [
    'exit code 0 and an index left unfinished',
    {after: {...after, invalidIndexes: ['item_name']}},
    ...(['partial', /left invalid indexes: item_name/] as const),
  ],
  [
    'exit code 0 and an index that was unfinished before',
    {before: {...before, invalidIndexes: ['old']}, after: {...after, invalidIndexes: ['old']}},
    'done',
  ],
  ['a lock that it gave up on', {...same, exitCode: 1, gaveUpOnLock: true}, 'retry'],
  ['a lock that it gave up on half way', {exitCode: 1, gaveUpOnLock: true}, 'partial', /002/],
  [
    'an end from outside, nothing changed',
    {...same, exitCode: undefined},
    'unchanged',
    /ended before/,
  ],
  ['an end from outside half way', {exitCode: undefined}, 'partial', /ended before its time/],
];

for (const [name, given, kind, why] of rows)
  it(`is '${kind}' for ${name}`, () => {
    const verdict = judgeMigration({...end, ...given});
    assert.is(verdict.kind, kind);
    if (why && 'why' in verdict) assert.match(verdict.why, why);
  });

it.run();

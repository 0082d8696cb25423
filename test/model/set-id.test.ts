import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {idFor, momentOf} from '../../lib/model/set-id.ts';
import {isSafeFolder, slugOf} from '../../lib/model/set-name.ts';

const it = suite('set id and name');

it('names the second in UTC, whatever the zone', () => {
  const zone = process.env['TZ'];
  try {
    for (const place of ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata']) {
      process.env['TZ'] = place;
      // The hour that Berlin has twice, and the one that New York has twice.
      assert.is(idFor(new Date('2026-10-25T00:30:00Z')), '20261025T003000Z', place);
      assert.is(idFor(new Date('2026-10-25T01:30:00Z')), '20261025T013000Z', place);
      assert.is(idFor(new Date('2026-11-01T05:30:00Z')), '20261101T053000Z', place);
      assert.is(
        momentOf('20261101T063000Z')?.toISOString(),
        '2026-11-01T06:30:00.000Z',
        'and back',
      );
    }
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
});

it('takes the next free second, over the end of a year too', () => {
  const now = new Date('2026-12-31T23:59:58.900Z');
  assert.is(idFor(now), '20261231T235958Z');
  assert.is(idFor(now, ['20261231T235958Z', '20261231T235959Z']), '20270101T000000Z');
  assert.is(idFor(now, ['20261231T235959Z']), '20261231T235958Z');
});

it('gives names that sort as time', () => {
  const moments = ['2026-01-01', '2026-02-01', '2026-10-01', '2027-01-01'].map(
    (day) => new Date(day),
  );
  const ids = moments.map((moment) => idFor(moment));
  assert.equal(ids.toSorted(), ids);
});

it('takes nothing else for an id', () => {
  const others = [
    ...['20260231T000000Z', '20261301T000000Z', '20261120T246000Z', '20261120T031500'],
    ...['.20261120T031500Z.partial', '20261120T031500Z.removed', ' 20261120T031500Z'],
    ...['2026-11-20T03:15:00Z', 'latest', '', '20261120T031500Z/..', '20261120t031500z'],
  ];
  for (const other of others) assert.is(momentOf(other), undefined, other);
});

const names: readonly [string, boolean, string][] = [
  ['app', true, 'app'],
  ['app_2.test-1', true, 'app_2-test-1'],
  ['App', false, 'app'],
  ['sqlite', false, 'sqlite'],
  ['..', false, 'database'],
  ['.hidden', false, 'hidden'],
  ['-x', false, 'x'],
  ['a/b', false, 'a-b'],
  ['größe 大小 🐘', false, 'gr-e'],
  ['it\'s; DROP "x"\n', false, 'it-s-drop-x'],
  ['🐘', false, 'database'],
  ['a'.repeat(64), false, 'a'.repeat(40)],
];

for (const [name, isSafe, slug] of names)
  it(`${isSafe ? 'takes' : 'does not take'} ${JSON.stringify(name)} for a folder`, () => {
    assert.is(isSafeFolder(name), isSafe);
    assert.is(slugOf(name), slug);
    assert.ok(isSafeFolder(`${slugOf(name)}-01234567`), 'its slug with a hash is a folder');
  });

it.run();

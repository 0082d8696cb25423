import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {besideName, commentOf, type Note, noteIn} from '../../lib/model/beside.ts';
import {isAside} from '../../lib/model/database-choice.ts';

const it = suite('databases beside');
const id = '20261120T031500Z';

const note: Note = {
  pgkeep: 1,
  role: 'before',
  of: 'app',
  run: id,
  verb: 'restore',
  at: '2026-11-20T03:15:00.000Z',
  set: '20261119T031500Z',
  comment: null,
};

const names: readonly (readonly [string, string])[] = [
  ['app', `app_before_${id}`],
  ['Größe "1"', `Größe "1"_before_${id}`],
  ['a'.repeat(38), `${'a'.repeat(38)}_before_${id}`.slice(0, 62)],
];

for (const [database, expected] of names) {
  it(`names what was '${database}' so that a person sees it`, () => {
    assert.is(besideName(database, 'before', id), expected);
  });
}

it('shortens names that PostgreSQL would cut off, at a whole character, and tells them apart', () => {
  const [one, two] = ['é'.repeat(31), `${'é'.repeat(30)}è`].map((database) =>
    besideName(database, 'incoming', id),
  );
  assert.not.equal(one, two);
  for (const name of [one, two]) {
    assert.ok(Buffer.byteLength(name ?? '') <= 63);
    assert.match(name ?? '', /^é+-[0-9a-f]{8}_incoming_20261120T031500Z$/);
    assert.ok(isAside(name ?? ''));
  }
});

it('reads back what it wrote in a comment', () => {
  const odd = {...note, of: 'a\n{"b"}', comment: 'line\nline'};
  assert.equal(noteIn(commentOf(note)), note);
  assert.equal(noteIn(commentOf(odd)), odd);
});

const strangers = [null, '', 'kept by hand', '{}', '{"pgkeep":1}', '{"pgkeep":', 'x\n{"pgkeep":2}'];

for (const comment of strangers) {
  it(`takes no word from the comment ${JSON.stringify(comment)}`, () => {
    assert.is(noteIn(comment), undefined);
  });
}

it.run();

/** How the class of a value is known again: by its column, or by a second one. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Form} from '../../../lib/model/migrate/choose-type.ts';
import type {Affinity} from '../../../lib/model/migrate/declared-type.ts';
import {type KeptClass, keptClass} from '../../../lib/model/migrate/kept-class.ts';
import type {Profile, Question, StorageClass} from '../../../lib/model/migrate/profile.ts';

const it = suite('classes kept');

type Counts = Partial<Record<'integers' | 'reals' | 'texts' | 'blobs' | 'infinities', number>>;

const order: readonly StorageClass[] = ['integer', 'real', 'text', 'blob'];

/** The counts as two readings leave them. */
const profileOf = (counts: Counts): Profile => {
  const {integers = 0, reals = 0, texts = 0, blobs = 0, infinities = 0} = counts;
  const all = [integers, reals, texts, blobs];
  const present = order.filter((_, at) => (all[at] ?? 0) > 0);
  const values = all.reduce((sum, count) => sum + count, 0);
  const answers: (readonly [Question, number])[] = [['reals', reals]];
  if (texts + blobs > 0 && present.length > 1)
    answers.push(
      ...([
        ['integers', integers],
        ['texts', texts],
        ['blobs', blobs],
        ['infinities', infinities],
      ] as const),
    );
  return {
    ...{rows: values, values, invalid: 0, answers: new Map(answers)},
    least: {storage: present[0] ?? 'null', text: ''},
    greatest: {storage: present.at(-1) ?? 'null', text: ''},
  };
};

const rows: readonly (readonly [string, Form, Affinity, Counts, KeptClass['by'], string])[] = [
  ['no value', 'text', 'text', {}, 'affinity', 'integer'],
  ['whole numbers', 'integer', 'integer', {integers: 3}, 'affinity', 'integer'],
  ['whole numbers without a type', 'integer', 'blob', {integers: 3}, 'integer', 'integer'],
  [
    'fractions beside whole ones',
    'decimal',
    'numeric',
    {integers: 1, reals: 2},
    'affinity',
    'real',
  ],
  ['the same without a type', 'decimal', 'blob', {integers: 1, reals: 2}, 'column', 'real'],
  ['texts', 'text', 'text', {texts: 2}, 'text', 'text'],
  ['texts that are bytes', 'bytes of anything', 'text', {texts: 2}, 'text', 'text'],
  ['blobs', 'bytes', 'blob', {blobs: 2}, 'blob', 'blob'],
  [
    'texts beside numbers',
    'text of anything',
    'integer',
    {integers: 1, texts: 2},
    'affinity',
    'text',
  ],
  [
    'an infinity beside texts',
    'text of anything',
    'real',
    {reals: 1, texts: 2, infinities: 1},
    'column',
    'text',
  ],
  [
    'texts beside numbers without a type',
    'text of anything',
    'blob',
    {integers: 3, texts: 2},
    'column',
    'integer',
  ],
  ['texts beside blobs', 'bytes of anything', 'text', {texts: 1, blobs: 2}, 'column', 'blob'],
  [
    'texts with a NUL beside numbers',
    'bytes of anything',
    'integer',
    {integers: 2, texts: 1},
    'column',
    'integer',
  ],
];

for (const [title, form, affinity, counts, by, usual] of rows)
  it(`knows ${title} again by ${by}`, () => {
    assert.equal(keptClass({form}, profileOf(counts), affinity), {by, usual});
  });

it.run();

/** The type of a column by its declaration and its values. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {align, keyOfEnd} from '../../../lib/model/migrate/align.ts';
import {chooseType} from '../../../lib/model/migrate/choose-type.ts';
import {
  furtherQuestions,
  type Profile,
  type Question,
  questionsFor,
  type StorageClass,
} from '../../../lib/model/migrate/profile.ts';

const it = suite('types of columns');

type Values = {
  readonly least: readonly [StorageClass, string];
  readonly greatest: readonly [StorageClass, string];
  readonly answers?: Partial<Record<Question, number>>;
  readonly invalid?: number;
};

const profileOf = ({least, greatest, answers = {}, invalid = 0}: Values): Profile => ({
  ...{rows: 12, values: least[0] === 'null' ? 0 : 10, invalid},
  least: {storage: least[0], text: least[1]},
  greatest: {storage: greatest[0], text: greatest[1]},
  answers: new Map(Object.entries(answers) as [Question, number][]),
});

const integers = (least: string, greatest: string): Values => ({
  ...{least: ['integer', least], greatest: ['integer', greatest], answers: {reals: 0}},
});
const reals = (answers: Values['answers'], least = '0.5', greatest = '2.5'): Values => ({
  ...{least: ['real', least], greatest: ['real', greatest], answers: {reals: 10, ...answers}},
});
const texts = (answers: Values['answers'], least = 'a', greatest = 'z'): Values => ({
  ...{least: ['text', least], greatest: ['text', greatest], answers: answers ?? {}},
});

const rows: readonly (readonly [string, string, Values, string, string, boolean])[] = [
  [
    'no value',
    'DATETIME',
    {least: ['null', ''], greatest: ['null', '']},
    'timestamp without time zone',
    'text form',
    false,
  ],
  ['whole numbers', 'INTEGER', integers('1', '9'), 'bigint', 'integer', false],
  ['small ones declared so', 'SMALLINT', integers('-32768', '32767'), 'smallint', 'integer', false],
  ['one beyond it', 'SMALLINT', integers('0', '32768'), 'bigint', 'integer', false],
  ['0 and 1 in INT', 'INT', integers('0', '1'), 'bigint', 'integer', false],
  ['0 and 1 in BOOLEAN', 'BOOLEAN', integers('0', '1'), 'boolean', 'boolean', false],
  ['2 in BOOLEAN', 'BOOLEAN', integers('0', '2'), 'bigint', 'integer', true],
  ['short fractions', 'REAL', reals({decimals: 10}), 'double precision', 'decimal', false],
  ['long fractions', 'REAL', reals({decimals: 9}), 'double precision', 'double', false],
  ['fractions of money', 'DECIMAL(10,2)', reals({decimals: 10}), 'numeric', 'decimal', false],
  ['fractions in INTEGER', 'INTEGER', reals({decimals: 10}), 'double precision', 'decimal', true],
  [
    'beyond 2^53 beside fractions',
    'INTEGER',
    reals({reals: 1, beyondDouble: 2, decimals: 3}),
    'numeric',
    'numeric',
    false,
  ],
  ['a NUL', 'TEXT', texts({nul: 1}), 'bytea', 'bytes of anything', true],
  ['no UTF-8', 'TEXT', {...texts({}), invalid: 1}, 'bytea', 'bytes of anything', true],
  ['within its length', 'VARCHAR(3)', texts({longest: 3}), 'character varying(3)', 'text', false],
  ['beyond its length', 'VARCHAR(3)', texts({longest: 4}), 'text', 'text', false],
  ['dates, all but one', 'DATE', texts({'form date': 9}), 'text', 'text', true],
  ['dates', 'TEXT', texts({'form date': 10}), 'date', 'text form', false],
  [
    'moments in UTC',
    'TEXT',
    texts({'form moment T .3 Z': 10}),
    'timestamp with time zone',
    'text form',
    false,
  ],
  ['JSON', 'TEXT', texts({json: 10}), 'json', 'json', false],
  [
    'words of truth',
    'BOOLEAN',
    texts({'form boolean words': 10}),
    'boolean',
    'boolean words',
    false,
  ],
  [
    'numbers and texts',
    'INTEGER',
    {
      least: ['integer', '1'],
      greatest: ['text', 'x'],
      answers: {integers: 5, reals: 0, texts: 5, blobs: 0},
    },
    'text',
    'text of anything',
    true,
  ],
  [
    'texts and blobs',
    'TEXT',
    {
      least: ['text', 'x'],
      greatest: ['blob', '00'],
      answers: {integers: 0, reals: 0, texts: 5, blobs: 5},
    },
    'bytea',
    'bytes of anything',
    true,
  ],
  [
    'seconds',
    'DATETIME',
    integers('1577934245', '1577934246'),
    'timestamp with time zone',
    'epoch seconds',
    false,
  ],
  [
    'milliseconds',
    'TIMESTAMP',
    integers('1577934245000', '1577934245001'),
    'timestamp with time zone',
    'epoch milliseconds',
    false,
  ],
  [
    'microseconds since 1601',
    'TIMESTAMP',
    integers('13222407845000000', '13222407845000001'),
    'timestamp with time zone',
    'webkit',
    false,
  ],
  [
    'seconds and milliseconds',
    'DATETIME',
    integers('1577934245', '1577934245001'),
    'bigint',
    'integer',
    false,
  ],
  ['a time before 1975', 'DATETIME', integers('0', '1577934245'), 'bigint', 'integer', false],
  [
    'Julian days',
    'DATETIME',
    reals({julianMilliseconds: 10, decimals: 0}, '2458850.5', '2458851.5'),
    'timestamp without time zone',
    'julian',
    false,
  ],
];

for (const [title, declared, values, type, form, isWidened] of rows)
  it(`${title} in a column declared '${declared}' are ${type}`, () => {
    const ground = {declared, isStrict: false, infers: true, isCoreData: false};
    const choice = chooseType(profileOf(values), ground);
    assert.equal([choice.type, choice.form, choice.isWidened], [type, form, isWidened], choice.why);
  });

it('goes by declarations alone when told to', () => {
  const ground = {declared: 'TEXT', isStrict: false, infers: false, isCoreData: false};
  assert.is(chooseType(profileOf(texts({'form date': 10})), ground).type, 'text');
});

it('asks only what could matter', () => {
  const ask = (values: Values, declared = 'TEXT') =>
    questionsFor(profileOf(values), {declared, infers: true, refers: false});
  assert.equal(ask({least: ['null', ''], greatest: ['null', '']}), []);
  assert.equal(ask(integers('1', '2')), ['reals']);
  assert.equal(ask(texts({}, '2020-01-01', '2021-01-01')), ['form date']);
  assert.equal(ask(texts({}, '2020-01-01T00:00:00', '2021-01-01T00:00:00')), [
    'nul',
    'form moment T',
  ]);
  assert.equal(ask(texts({}, '[1]', '{}'), 'VARCHAR(9)'), ['nul', 'longest', 'json']);
  const profile = profileOf(texts({nul: 0}));
  assert.equal(furtherQuestions(profile, {isPlain: true}), []);
  assert.is(furtherQuestions(profile, {isPlain: false}).length, 7);
  const dated = (count: number) => profileOf(texts({'form date': count}));
  assert.equal(furtherQuestions(dated(10), {isPlain: false}), []);
  assert.equal(furtherQuestions(dated(9), {isPlain: true}), ['nul']);
});

it('lets the ends of a foreign key be of one kind', () => {
  const [child, parent] = [
    {table: 'c', column: 'p'},
    {table: 'p', column: 'id'},
  ];
  const column = (type: string, form: string, answers: Values['answers'] = {}) => ({
    choice: {type, form: form as 'text', why: '', isWidened: false},
    profile: profileOf(texts(answers)),
    collation: undefined,
  });
  const typesOf = (own: ReturnType<typeof column>, theirs: ReturnType<typeof column>) => {
    const aligned = align(
      new Map([
        [keyOfEnd(child), own],
        [keyOfEnd(parent), theirs],
      ]),
      [{child, parent}],
    );
    return [child, parent].map((end) => aligned.get(keyOfEnd(end))?.choice.type);
  };
  assert.equal(typesOf(column('text', 'text', {integerTexts: 10}), column('bigint', 'integer')), [
    'bigint',
    'bigint',
  ]);
  assert.equal(typesOf(column('text', 'text', {integerTexts: 9}), column('bigint', 'integer')), [
    'text',
    'bigint',
  ]);
  assert.equal(typesOf(column('uuid', 'text form'), column('text', 'text')), ['text', 'text']);
  assert.equal(typesOf(column('text', 'text'), column('uuid', 'text form')), ['text', 'text']);
});

it.run();

/** What is written for JSONB is what JSONB prints: random documents, through a real server. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {copyLine} from '../../lib/model/migrate/copy-text.ts';
import {parseJson} from '../../lib/model/migrate/json-value.ts';
import {jsonbText} from '../../lib/model/migrate/jsonb-text.ts';
import {psql, withPostgres} from '../support/postgres.ts';
import {pick, type Random, randomFrom, seed} from '../support/random.ts';
import {has, scaled} from '../support/require.ts';

const it = suite('jsonb');

const words = [
  '',
  'a',
  'b',
  'aa',
  'é',
  'ß',
  '🗝',
  '\u2028',
  '"',
  '\\',
  '/',
  '\n',
  '\t',
  '\u0001',
  '\u007f',
  '\b',
  '\\u0041',
  '{}',
  '<&>',
  'ﬃ',
];

const numberIn = (random: Random): string => {
  const digits = (most: number) =>
    String(Math.floor(random() * 10 ** (1 + Math.floor(random() * most))));
  const whole = pick(random, [
    '0',
    digits(3),
    digits(15),
    '9007199254740993',
    '123456789012345678901234567890',
  ]);
  const fraction = pick(random, ['', '', `.${digits(6)}`, '.0', '.10', '.000']);
  const power = pick(random, ['', '', '', `e${digits(2)}`, `E+${digits(1)}`, `e-${digits(2)}`]);
  const isZero = /^0(\.0+)?$/.test(whole + fraction);
  return `${!isZero && random() < 0.3 ? '-' : ''}${whole}${fraction}${power}`;
};

const textIn = (random: Random): string =>
  Array.from({length: Math.floor(random() * 4)}, () => pick(random, words)).join('');

/** As an application may write it: blanks anywhere, texts with more escapes than needed. */
const documentIn = (random: Random, depth: number): string => {
  const blank = () => pick(random, ['', '', ' ', '\n', '\t', '\r\n ']);
  const quoted = (text: string) =>
    random() < 0.5 ? JSON.stringify(text) : `"${[...text].map(escaped).join('')}"`;
  const kind = random() * (depth > 0 ? 8 : 5);
  if (kind < 1) return pick(random, ['null', 'true', 'false']);
  if (kind < 3) return numberIn(random);
  if (kind < 5) return quoted(textIn(random));
  const length = Math.floor(random() * 6);
  if (kind < 6.5) {
    const items = Array.from(
      {length},
      () => `${blank()}${documentIn(random, depth - 1)}${blank()}`,
    );
    return `[${items.join(',') || blank()}]`;
  }
  const names = new Set(Array.from({length}, () => textIn(random)));
  const members = [...names].map(
    (name) =>
      `${blank()}${quoted(name)}${blank()}:${blank()}${documentIn(random, depth - 1)}${blank()}`,
  );
  return `{${members.join(',') || blank()}}`;
};

const escaped = (character: string): string =>
  [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');

if (has('postgres'))
  it('prints random documents as the server does, character for character', () =>
    withPostgres({}, async (server) => {
      const random = randomFrom(seed);
      const count = scaled(3_000);
      const documents = Array.from({length: count}, () => documentIn(random, 4));
      const written = documents.map((text) => jsonbText(parseJson(text, {for: 'jsonb'})));
      const lines = documents.map((text, at) => copyLine([String(at), text])).join('');
      const back = await psql(
        server,
        `CREATE TABLE d (at int, text jsonb); COPY d FROM STDIN;\n${lines}\\.\nCOPY (SELECT at, text FROM d ORDER BY at) TO STDOUT;`,
      );
      const printed = back.split('\n');
      assert.is(printed.length, count);
      for (const [at, text] of written.entries())
        assert.is(
          `${printed[at]}\n`,
          copyLine([String(at), text]),
          `seed ${seed}: ${documents[at]}`,
        );
    }));

it.run();

/**
 * The PostgreSQL type of a SQLite column: the one that its declaration means where every value fits and
 * comes back the same; the one that the values show; else the widest that loses nothing.
 */

import {chooseText, limitedText} from './choose-text.ts';
import {type DeclaredType, readDeclared} from './declared-type.ts';
import {chooseMoment} from './moment-form.ts';
import {classesOf, countOf, type Profile} from './profile.ts';

/** How the values are written for loading and comparing: `commands/migrate-cells.ts` has the sentences. */
export const forms = [
  'integer',
  'decimal',
  'double',
  'numeric',
  'text',
  'text of anything',
  'bytes',
  'bytes of anything',
  'boolean',
  'boolean words',
  'boolean letters',
  'text form',
  'json',
  'array',
  'integer text',
  'epoch seconds',
  'epoch milliseconds',
  'epoch microseconds',
  'epoch real',
  'webkit',
  'cocoa',
  'julian',
  /** No value of its own: the class of another column's value, where that is not the usual one. */
  'class',
] as const;

export type Form = (typeof forms)[number];

export type Choice = {
  readonly type: string;
  readonly form: Form;
  /** Of a text form: its name. */
  readonly textForm?: string;
  /** In a sentence, for the plan. */
  readonly why: string;
  /** The values did not all fit what was declared: said aloud. */
  readonly isWidened: boolean;
};

export type Ground = {
  readonly declared: string;
  readonly isStrict: boolean;
  readonly infers: boolean;
  /** Of Core Data: its times count from 2001. */
  readonly isCoreData: boolean;
};

export const chooseType = (profile: Profile, ground: Ground): Choice => {
  const declared = declaredOf(ground);
  const counts = classesOf(profile);
  if (profile.values === 0) return byDeclaration(declared, 'no value to go by');
  const present = Object.entries(counts).filter(([, count]) => count > 0);
  if (counts.text + counts.blob === 0) return chooseNumber(profile, ground);
  if (present.length === 1 && counts.blob > 0)
    return widenedUnless(/any|bytea|uuid/.test(declared.meaning), {
      ...{type: 'bytea', form: 'bytes', why: 'every value is a blob'},
    });
  if (present.length === 1) return chooseText(profile, ground);
  return chooseMixed(profile);
};

/** ANY in a STRICT table keeps each value as it is. */
export const declaredOf = ({declared, isStrict}: Pick<Ground, 'declared' | 'isStrict'>) => {
  const read = readDeclared(declared);
  return isStrict && /^any$/i.test(declared.trim())
    ? {...read, affinity: 'blob' as const, meaning: 'any' as const}
    : read;
};

export const plain = (choice: Omit<Choice, 'isWidened'>): Choice => ({...choice, isWidened: false});
export const widenedUnless = (isMeant: boolean, choice: Omit<Choice, 'isWidened'>): Choice => ({
  ...choice,
  isWidened: !isMeant,
});

const ownTypes: Readonly<Record<DeclaredType['meaning'], readonly [string, Form]>> = {
  any: ['text', 'text'],
  boolean: ['boolean', 'boolean'],
  smallint: ['smallint', 'integer'],
  integer: ['integer', 'integer'],
  bigint: ['bigint', 'integer'],
  real: ['double precision', 'decimal'],
  numeric: ['numeric', 'decimal'],
  text: ['text', 'text'],
  bytea: ['bytea', 'bytes'],
  date: ['date', 'text form'],
  time: ['time without time zone', 'text form'],
  moment: ['timestamp without time zone', 'text form'],
  uuid: ['uuid', 'text form'],
  json: ['json', 'json'],
  array: ['text[]', 'array'],
};

const byDeclaration = (declared: DeclaredType, why: string): Choice => {
  const [type, form] = ownTypes[declared.meaning];
  const names: Readonly<Record<string, string>> = {date: 'date', time: 'time', moment: 'moment'};
  const name = names[declared.meaning] ?? declared.meaning;
  const limited = type === 'text' ? limitedText(declared, 0) : type;
  return plain({type: limited, form, ...(form === 'text form' ? {textForm: name} : {}), why});
};

const ranges = {
  smallint: [-32_768n, 32_767n],
  integer: [-2_147_483_648n, 2_147_483_647n],
} as const;

const chooseNumber = (profile: Profile, ground: Ground): Choice => {
  const declared = declaredOf(ground);
  const {real} = classesOf(profile);
  const moment = chooseMoment(profile, ground, declared);
  if (moment) return moment;
  if (real > 0 || declared.meaning === 'real') return chooseReal(profile, declared);
  const range = `from ${profile.least.text} to ${profile.greatest.text}`;
  const {meaning} = declared;
  if (
    meaning === 'boolean' &&
    /^[01]$/.test(profile.least.text) &&
    /^[01]$/.test(profile.greatest.text)
  )
    return plain({type: 'boolean', form: 'boolean', why: 'declared so, every value is 0 or 1'});
  if (meaning === 'numeric')
    return plain({type: 'numeric', form: 'integer', why: `declared so, whole numbers ${range}`});
  if (meaning === 'smallint' || meaning === 'integer') {
    const [low, high] = ranges[meaning];
    if (BigInt(profile.least.text) >= low && BigInt(profile.greatest.text) <= high)
      return plain({type: meaning, form: 'integer', why: `declared so, ${range}`});
  }
  return widenedUnless(/int|any|date|moment/.test(meaning), {
    ...{type: 'bigint', form: 'integer', why: `whole numbers ${range}`},
  });
};

const chooseReal = (profile: Profile, {meaning, affinity}: DeclaredType): Choice => {
  const isExact = countOf(profile, 'decimals') === profile.values;
  const asNumeric = meaning === 'numeric' || countOf(profile, 'beyondDouble') > 0;
  if (asNumeric)
    return plain({
      type: 'numeric',
      form: isExact ? 'decimal' : 'numeric',
      why:
        meaning === 'numeric'
          ? 'declared so; every digit is kept'
          : 'whole numbers beyond 2^53 beside fractions: no other type holds both',
    });
  return widenedUnless(/real|any|numeric|date|moment/.test(meaning) || affinity === 'real', {
    type: 'double precision',
    form: isExact ? 'decimal' : 'double',
    why: 'numbers with fractions, of eight bytes as in SQLite',
  });
};

/** Values of several classes: texts where all of them can be said as text, else bytes. */
const chooseMixed = (profile: Profile): Choice => {
  const counts = classesOf(profile);
  const told = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([storage, count]) => `${count} ${storage}`)
    .join(', ');
  const why = `values of several classes: ${told}`;
  const isText = counts.blob === 0 && countOf(profile, 'nul') === 0 && profile.invalid === 0;
  return isText
    ? {type: 'text', form: 'text of anything', why, isWidened: true}
    : {
        type: 'bytea',
        form: 'bytes of anything',
        why: `${why}; texts as their bytes`,
        isWidened: true,
      };
};

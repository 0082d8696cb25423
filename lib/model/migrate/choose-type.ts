/**
 * The PostgreSQL type of a SQLite column: the one that its declaration means where every value fits and
 * comes back the same; the one that the values show; else the widest that loses nothing.
 */
import {type DeclaredType, readDeclared} from './declared-type.ts';
import {chooseMoment} from './moment-form.ts';
import {classesOf, countOf, type Profile} from './profile.ts';
import {textForm, textForms} from './text-forms.ts';

/** How the values are written for loading and comparing: `commands/migrate-cells.ts` has the sentences. */
export type Form =
  | 'integer'
  | 'decimal'
  | 'double'
  | 'numeric'
  | 'text'
  | 'text of anything'
  | 'bytes'
  | 'bytes of anything'
  | 'boolean'
  | 'boolean words'
  | 'boolean letters'
  | 'text form'
  | 'json'
  | 'array'
  | 'integer text'
  | 'epoch seconds'
  | 'epoch milliseconds'
  | 'epoch microseconds'
  | 'epoch real'
  | 'webkit'
  | 'cocoa'
  | 'julian';

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

const plain = (choice: Omit<Choice, 'isWidened'>): Choice => ({...choice, isWidened: false});
const widenedUnless = (isMeant: boolean, choice: Omit<Choice, 'isWidened'>): Choice => ({
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

const chooseText = (profile: Profile, ground: Ground): Choice => {
  const declared = declaredOf(ground);
  const bytes = (why: string): Choice => ({
    ...{type: 'bytea', form: 'bytes of anything', why, isWidened: true},
  });
  const nul = countOf(profile, 'nul');
  if (nul > 0) return bytes(`${nul} of the texts hold a NUL, which no text of PostgreSQL can`);
  if (profile.invalid > 0)
    return bytes(
      `${profile.invalid} of the texts are no UTF-8, which a text of PostgreSQL has to be`,
    );
  const inferred = ground.infers ? chooseForm(profile, declared) : undefined;
  if (inferred) return inferred;
  const type = limitedText(declared, countOf(profile, 'longest'));
  const isMeant = /text|any/.test(declared.meaning);
  const range = `texts from '${profile.least.text}' to '${profile.greatest.text}'`;
  const why = isMeant
    ? (tooLong(declared, profile) ?? 'declared so')
    : `declared '${ground.declared}', but not every value has one form of it: ${range}`;
  return widenedUnless(isMeant, {type, form: 'text', why});
};

/** Every value of one form, by which it comes back letter by letter. */
const chooseForm = (profile: Profile, declared: DeclaredType): Choice | undefined => {
  const isAll = (count: number) => count === profile.values;
  const form = textForms.find(({name}) => isAll(countOf(profile, `form ${name}`)));
  if (form)
    return plain({
      ...{type: form.type, form: 'text form', textForm: form.name},
      why: `every value is like '${profile.least.text}'`,
    });
  if (declared.meaning === 'array' && isAll(countOf(profile, 'form array')))
    return plain({type: 'text[]', form: 'array', why: 'declared so, every value is a plain list'});
  if (isAll(countOf(profile, 'json')))
    return plain({
      type: 'json',
      form: 'json',
      why: 'every value is valid JSON; kept letter by letter',
    });
  if (declared.meaning !== 'boolean') return undefined;
  const spellings = ['boolean words', 'boolean letters'] as const;
  const spelling = spellings.find((each) => isAll(countOf(profile, `form ${each}`)));
  return (
    spelling && plain({type: 'boolean', form: spelling, why: 'declared so, every value says it'})
  );
};

const longestLimit = 10_485_760;

const limitedText = ({sizes, meaning}: DeclaredType, longest: number): string => {
  const [size = 0, ...more] = sizes;
  const isLimit = meaning === 'text' && more.length === 0 && size > 0 && size <= longestLimit;
  return isLimit && longest <= size ? `character varying(${size})` : 'text';
};

const tooLong = ({sizes: [size = 0]}: DeclaredType, profile: Profile): string | undefined => {
  const longest = countOf(profile, 'longest');
  return size > 0 && longest > size
    ? `declared with at most ${size} characters, the longest value has ${longest}`
    : undefined;
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

/** What the server says in the form that is compared; undefined where that is its own. */
export const canonicalOf = ({form, textForm: name}: Choice): string | undefined =>
  form === 'text form' ? textForm(name ?? '')?.canonical : canonicals[form];

const microseconds = `(extract(epoch from {x}) * 1000000)::bigint`;

const canonicals: Partial<Record<Form, string>> = {
  double: `upper(encode(float8send({x}), 'hex'))`,
  numeric: `CASE WHEN {x} = trunc({x}) AND abs({x}) <= 9223372036854775807 THEN trunc({x})::text ELSE upper(encode(float8send({x}::double precision), 'hex')) END`,
  'epoch seconds': `extract(epoch from {x})::bigint`,
  'epoch milliseconds': `(extract(epoch from {x}) * 1000)::bigint`,
  'epoch microseconds': microseconds,
  'epoch real': microseconds,
  webkit: `(extract(epoch from {x}) * 1000000)::bigint + 11644473600000000`,
  cocoa: `(extract(epoch from {x}) * 1000000)::bigint - 978307200000000`,
  julian: `to_char({x}, 'YYYY-MM-DD HH24:MI:SS.MS')`,
};

/** Forms whose lines for loading are those for comparing too. */
export const comparesAsLoaded = (choice: Choice): boolean =>
  choice.form === 'text form' || canonicals[choice.form] === undefined;

/** What of a column's values is not taken as it is, by the map's policy and the type that the column is to have. */
import {chooseType} from '../model/migrate/choose-type.ts';
import {type DeclaredType, readDeclared} from '../model/migrate/declared-type.ts';
import type {Policy} from '../model/migrate/policy.ts';
import {classesOf, countOf, type Profile} from '../model/migrate/profile.ts';
import {type Family, shapeOf, type TypeShape} from '../model/migrate/type-family.ts';
import {type Fit, fitOf} from './migrate-fits.ts';
import {
  hasNul,
  isNoUtf8,
  type Trouble,
  type Written,
  withoutNuls,
  withReplacements,
} from './migrate-sieve.ts';
import {sqliteName} from './sqlite.ts';

export type Judged = {
  readonly column: string;
  readonly declared: string;
  readonly profile: Profile;
  readonly policy: Policy;
  /** The type that the values are to become, of the map or of the target; undefined: only what is declared counts. */
  readonly type: string | undefined;
  /** Of an enum. */
  readonly labels: readonly string[];
};

export type Judgement = {
  readonly troubles: readonly Trouble[];
  readonly written: readonly Written[];
  /** Why the policy can't be: it asks for what is not known. */
  readonly fault?: string;
};

export const judge = (judged: Judged): Judgement => {
  const {profile, policy} = judged;
  const texts = [
    ...(countOf(profile, 'nul') > 0 ? nulTrouble(judged) : []),
    ...(profile.invalid > 0 ? invalidTrouble(judged) : []),
  ];
  const odd = policy['on-odd'];
  if (profile.values === 0 || odd === undefined || odd === 'widen')
    return {troubles: texts, written: []};
  const judgement = oddTrouble(judged, odd);
  return {...judgement, troubles: [...texts, ...judgement.troubles]};
};

const nulTrouble = ({column, policy}: Judged): readonly Trouble[] => {
  const deed = policy['on-nul'];
  if (deed === undefined || deed === 'bytea') return [];
  const x = sqliteName(column);
  const becomes = {strip: '', escape: String.raw`\u0000`, null: undefined, reject: undefined}[deed];
  return [
    {
      ...{column, deed, reason: 'a NUL in the text', isSo: hasNul(x)},
      ...(becomes === undefined ? {} : {becomes: withoutNuls(x, becomes)}),
    },
  ];
};

const invalidTrouble = ({column, policy}: Judged): readonly Trouble[] => {
  const deed = policy['on-invalid'];
  if (deed === undefined || deed === 'bytea') return [];
  const x = sqliteName(column);
  return [
    {
      ...{column, deed, reason: 'the text is no UTF-8'},
      isSo: `typeof(${x}) = 'text' AND ${isNoUtf8(x)}`,
      ...(deed === 'replace' ? {becomes: withReplacements(x)} : {}),
    },
  ];
};

const oddTrouble = (judged: Judged, deed: 'null' | 'reject'): Judgement => {
  const {column, declared, type, labels, profile} = judged;
  const x = sqliteName(column);
  const meant = readDeclared(declared);
  const shape = type === undefined ? declaredShape(meant) : shapeOf(type, labels);
  if (!shape)
    return {
      ...{troubles: [], written: []},
      fault: `'${column}': on-odd needs a type whose values are known, and '${type ?? declared}' is none`,
    };
  if (type !== undefined && isNatural(profile, type)) return {troubles: [], written: []};
  const {text, blob} = classesOf(profile);
  // Numbers alone may be moments of one unit: the choice of the type looks at all of them together.
  if (moments.has(shape.family) && text + blob === 0) return {troubles: [], written: []};
  const fit = fitOf(shape, x);
  const own = type === undefined ? ownClass(shape, {fit, x}) : fit.fits;
  const isRight =
    type !== undefined && profile.invalid > 0 && lettersOnly.has(shape.family)
      ? `(${own}) AND ${isUtf8(x)}`
      : own;
  const reason = type === undefined ? `no value of a column declared '${declared}'` : `no ${type}`;
  const trouble = {column, deed, reason, isSo: `NOT coalesce((${isRight}), 0)`};
  const isWritten = type !== undefined && fit.write !== x;
  return {troubles: [trouble], written: isWritten ? [{column, write: fit.write}] : []};
};

/** Every value is one of the type already, and comes back the same: the profile says it. */
const isNatural = (profile: Profile, declared: string): boolean =>
  chooseType(profile, {declared, isStrict: false, infers: true, isCoreData: false}).type ===
  declared;

const lettersOnly: ReadonlySet<Family> = new Set(['text', 'json', 'jsonb']);
const isUtf8 = (x: string) => `NOT (typeof(${x}) = 'text' AND ${isNoUtf8(x)})`;

const moments: ReadonlySet<Family> = new Set(['date', 'timestamp', 'timestamptz']);

const declaredFamilies: Readonly<Record<DeclaredType['meaning'], Family | undefined>> = {
  ...{any: undefined, array: undefined, boolean: 'boolean', smallint: 'smallint'},
  ...{integer: 'integer', bigint: 'bigint', real: 'double', numeric: 'numeric', text: 'text'},
  ...{
    bytea: 'bytea',
    date: 'date',
    time: 'time',
    moment: 'timestamptz',
    uuid: 'uuid',
    json: 'json',
  },
};

const declaredShape = ({meaning, sizes}: DeclaredType): TypeShape | undefined => {
  const family = declaredFamilies[meaning];
  return family && {family, sizes: family === 'text' ? sizes.slice(0, 1) : [], labels: []};
};

const storages: Partial<Record<Family, string>> = {
  ...{smallint: `'integer'`, integer: `'integer'`, bigint: `'integer'`},
  ...{numeric: `'integer', 'real'`, double: `'integer', 'real'`, text: `'text'`, bytea: `'blob'`},
};

/** Of the class that the declaration means: nothing is read as something else. A NUL is another matter. */
const ownClass = ({family, sizes}: TypeShape, {fit, x}: {fit: Fit; x: string}): string => {
  const own = storages[family];
  if (own === undefined) return fit.fits;
  const [longest] = sizes;
  if (family === 'text')
    return `typeof(${x}) = 'text'${longest === undefined ? '' : ` AND length(${x}) <= ${longest}`}`;
  return `typeof(${x}) IN (${own}) AND ${family === 'bytea' ? '1' : fit.fits}`;
};

/** The type of a column by its values in rows of JSON: the narrowest that every one of them comes back from. */
import type {CopyCell} from './copy-text.ts';
import type {RawMember} from './export-file.ts';
import {JsonFault, parseJson} from './json-value.ts';
import {jsonbText, numericText} from './jsonb-text.ts';

export type RowType = 'boolean' | 'bigint' | 'numeric' | 'text' | 'jsonb' | 'json';

/** What a value is; `other`: lists and objects, and what no plain type holds as it is. */
type Kind = 'boolean' | 'integer' | 'number' | 'text' | 'other';

export type Seen = {
  /** That are not NULL. */
  readonly values: number;
  readonly kinds: ReadonlySet<Kind>;
  /** JSONB would print every one of them letter by letter as it is written. */
  readonly isJsonb: boolean;
};

export const nothingSeen: Seen = {values: 0, kinds: new Set(), isJsonb: true};

export const seeValue = (seen: Seen, member: RawMember): Seen => {
  if (member.value === null) return seen;
  const jsonb = jsonbOf(member.raw);
  const kind = kindOf(member, jsonb !== undefined);
  return {
    values: seen.values + 1,
    kinds: seen.kinds.has(kind) ? seen.kinds : new Set([...seen.kinds, kind]),
    isJsonb: seen.isJsonb && jsonb === member.raw,
  };
};

/** Most values: nobody prints them otherwise. */
const plain = /^(?:true|false|0|-?[1-9]\d*(?:\.\d+)?|"[^"\\]*")$/;

/** As JSONB prints it; undefined where it can't hold it as it is (`\u0000`, a negative zero, a name twice). */
const jsonbOf = (raw: string): string | undefined => {
  if (raw.length < 1_000 && plain.test(raw)) return raw;
  try {
    return jsonbText(parseJson(raw, {for: 'jsonb'}));
  } catch (error) {
    if (error instanceof JsonFault) return undefined;
    throw error;
  }
};

const kindOf = ({value, raw}: RawMember, fits: boolean): Kind => {
  if (typeof value === 'boolean') return 'boolean';
  if (!fits) return 'other';
  if (typeof value === 'string') return 'text';
  if (!(value instanceof Object) || !('number' in value)) return 'other';
  return /^-?\d{1,19}$/.test(raw) && BigInt.asIntN(64, BigInt(raw)) === BigInt(raw)
    ? 'integer'
    : 'number';
};

export type RowChoice = {readonly type: RowType; readonly why: string};

export const chooseRowType = ({values, kinds, isJsonb}: Seen): RowChoice => {
  const isAll = (...wanted: readonly Kind[]) => [...kinds].every((kind) => wanted.includes(kind));
  if (values === 0) return {type: 'text', why: 'every value is NULL'};
  if (isAll('boolean')) return {type: 'boolean', why: 'true and false alone'};
  if (isAll('integer')) return {type: 'bigint', why: 'whole numbers of eight bytes'};
  if (isAll('integer', 'number')) return {type: 'numeric', why: 'numbers; every digit is kept'};
  if (isAll('text')) return {type: 'text', why: 'texts'};
  return isJsonb
    ? {type: 'jsonb', why: 'values of JSON, all as JSONB prints them'}
    : {type: 'json', why: 'values of JSON that JSONB would print otherwise; kept letter by letter'};
};

/** As the server prints it. */
export const rowCell = (type: RowType, {value, raw}: RawMember): CopyCell => {
  if (value === null) return undefined;
  if (type === 'boolean') return value === true ? 't' : 'f';
  if (type === 'numeric') return numericText(raw);
  return type === 'text' && typeof value === 'string' ? value : raw;
};

/**
 * JSON read without losing anything: numbers stay the text that they were written as, members keep
 * their order, and what PostgreSQL's JSONB can't hold as it is has a name.
 * https://www.postgresql.org/docs/current/datatype-json.html
 */

export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;
/** As it was written: `1.0`, `9007199254740993`. */
export type JsonNumber = {readonly number: string};
export type JsonObject = {readonly members: readonly JsonMember[]};
export type JsonMember = readonly [name: string, value: JsonValue];

/** Why a text is no JSON, or is one that JSONB would change; where, counted in UTF-16 units from 0. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** So deep may values stand in one another; PostgreSQL's own limit is its stack. */
const deepest = 1_000;

type Frame =
  | {readonly array: JsonValue[]}
  | {readonly members: JsonMember[]; readonly names: Set<string>; name: string};

const blank = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;

/**
 * The value that a text holds. Errors: JsonFault for what is no JSON (RFC 8259) and, `for` JSONB, for
 * what that holds not at all or otherwise: doubled names, \u0000, lone surrogates, a negative zero,
 * numbers out of all proportion.
 */
export const parseJson = (
  source: string,
  {for: target}: {readonly for: 'jsonb' | 'reading'},
): JsonValue => {
  const reader = {source, at: 0, isForJsonb: target === 'jsonb'};
  const frames: Frame[] = [];
  let value = readValue(reader, frames);
  for (;;) {
    skipBlank(reader);
    const frame = frames.at(-1);
    if (value === opened) {
      value = isEmpty(reader, frame) ? close(reader, frames) : readValue(reader, frames);
    } else if (!frame) {
      if (reader.at < source.length) throw unexpected(reader);
      return value as JsonValue;
    } else {
      take(frame, value as JsonValue);
      value = goOn(reader, frames);
    }
  }
};

/** Stands for an array or object that was begun. */
const opened = Symbol('opened');

type Reader = {readonly source: string; readonly isForJsonb: boolean; at: number};

const skipBlank = (reader: Reader): void => {
  blank.lastIndex = reader.at;
  blank.test(reader.source);
  reader.at = blank.lastIndex;
};

const readValue = (reader: Reader, frames: Frame[]): JsonValue | typeof opened => {
  skipBlank(reader);
  const {source, at} = reader;
  const first = source[at];
  if (first === '{' || first === '[') {
    if (frames.length >= deepest) throw new JsonFault(`is deeper than ${deepest} levels`, at);
    reader.at += 1;
    frames.push(first === '[' ? {array: []} : {members: [], names: new Set(), name: ''});
    skipBlank(reader);
    const frame = frames.at(-1);
    if (frame && 'members' in frame && source[reader.at] !== '}') readName(reader, frame);
    return opened;
  }
  if (first === '"') return readText(reader);
  const literal = match(reader, word);
  if (literal !== undefined) return literal === 'null' ? null : literal === 'true';
  const digits = match(reader, number);
  if (digits === undefined) throw unexpected(reader);
  if (reader.isForJsonb) checkNumber(digits, at);
  return {number: digits};
};

const readName = (reader: Reader, frame: Extract<Frame, {members: unknown}>): void => {
  skipBlank(reader);
  const {at} = reader;
  frame.name = readText(reader);
  if (reader.isForJsonb && frame.names.has(frame.name))
    throw new JsonFault('has a name twice in one object', at);
  frame.names.add(frame.name);
  skipBlank(reader);
  if (reader.source[reader.at] !== ':') throw unexpected(reader);
  reader.at += 1;
};

const readText = (reader: Reader): string => {
  const {source, at} = reader;
  if (source[at] !== '"') throw unexpected(reader);
  const end = endOfText(source, at);
  const value = plainText(source.slice(at, end), at);
  reader.at = end;
  if (!reader.isForJsonb) return value;
  if (value.includes('\0')) throw new JsonFault('has a NUL (\\u0000) in a text', at);
  if (/\p{Surrogate}/u.test(value)) throw new JsonFault('has half of a surrogate pair', at);
  return value;
};

/** Searched for, not matched: a pattern gives up on texts of many megabytes. */
export const endOfText = (source: string, start: number): number => {
  for (let at = start + 1; ; at += 1) {
    at = source.indexOf('"', at);
    if (at < 0) throw new JsonFault('ends too early', source.length);
    let slashes = 0;
    while (source[at - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
};

const plainText = (quoted: string, at: number): string => {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw new JsonFault('has a text with an unknown escape or a bare control character', at);
  }
};

const match = (reader: Reader, pattern: RegExp): string | undefined => {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.source)?.[0];
  if (found !== undefined) reader.at = pattern.lastIndex;
  return found;
};

/** More digits or a larger exponent than any program writes a number with: JSONB would spell all of it out. */
const largest = {digits: 1_000, exponent: 400};

const checkNumber = (digits: string, at: number): void => {
  const [, exponent = '0'] = digits.split(/[eE]/);
  if (digits.length > largest.digits || Math.abs(Number(exponent)) > largest.exponent)
    throw new JsonFault('has a number beyond what programs read', at);
  if (/^-0(\.0+)?([eE]|$)/.test(digits)) throw new JsonFault('has a negative zero', at);
};

/** Behind a name there has to be a value. */
const isEmpty = (reader: Reader, frame: Frame | undefined): boolean =>
  isClosed(reader, frame) && !(frame && 'names' in frame && frame.names.size > 0);

const isClosed = ({source, at}: Reader, frame: Frame | undefined): boolean =>
  frame !== undefined && source[at] === ('array' in frame ? ']' : '}');

const take = (frame: Frame, value: JsonValue): void => {
  if ('array' in frame) frame.array.push(value);
  else frame.members.push([frame.name, value]);
};

/** After a value: the next one, or the end of what it stands in. */
const goOn = (reader: Reader, frames: Frame[]): JsonValue | typeof opened => {
  const frame = frames.at(-1);
  if (isClosed(reader, frame)) return close(reader, frames);
  if (reader.source[reader.at] !== ',' || !frame) throw unexpected(reader);
  reader.at += 1;
  if ('members' in frame) readName(reader, frame);
  return readValue(reader, frames);
};

const close = (reader: Reader, frames: Frame[]): JsonValue => {
  reader.at += 1;
  const frame = frames.pop();
  if (!frame) return null;
  return 'array' in frame ? frame.array : {members: frame.members};
};

const unexpected = ({source, at}: Reader): JsonFault =>
  new JsonFault(
    at < source.length
      ? `has ${JSON.stringify(source.slice(at, at + 1))} where JSON has none`
      : 'ends too early',
    at,
  );

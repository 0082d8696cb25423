/**
 * JSON as PostgreSQL prints a JSONB, character for character: what is sent can be compared with what
 * comes back. https://www.postgresql.org/docs/current/datatype-json.html
 */
import type {JsonMember, JsonValue} from './json-value.ts';

/** Members by the length of their names and then by bytes, as JSONB keeps them; numbers as NUMERIC. */
export const jsonbText = (value: JsonValue): string => {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(jsonbText).join(', ')}]`;
  if ('number' in value) return numericText(value.number);
  const {members} = value as {members: readonly JsonMember[]};
  const parts = members
    .map(([name, member]) => ({name, bytes: Buffer.from(name), member}))
    .sort((a, b) => a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes))
    .map(({name, member}) => `${JSON.stringify(name)}: ${jsonbText(member)}`);
  return `{${parts.join(', ')}}`;
};

/** A number of JSON as NUMERIC prints it: no exponent, every digit behind the point kept. */
export const numericText = (number: string): string => {
  const [, sign = '', whole = '0', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const exponent = Number(power);
  const digits = whole + fraction;
  const point = whole.length + exponent;
  const padded = digits.padEnd(Math.max(digits.length, point), '0');
  const moved = point <= 0 ? '0'.repeat(1 - point) + padded : padded;
  const at = Math.max(point, 1);
  const integer = moved.slice(0, at).replace(/^0+(?=\d)/, '');
  const rest = moved.slice(at);
  const isZero = /^0*$/.test(moved);
  return `${isZero ? '' : sign}${integer}${rest === '' ? '' : `.${rest}`}`;
};

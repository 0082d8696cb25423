/** What an application relies on in its documents: checked before they are moved. */

import type {JsonObject, JsonValue} from './json-value.ts';
import {validMoment} from './moment.ts';

type Need = {
  readonly key: string;
  readonly expects: string;
  readonly fits: (value: JsonValue) => boolean;
};

const needs: Readonly<Record<string, readonly Need[]>> = {
  settings: [
    {
      key: 'automation_enabled',
      expects: 'true or false',
      fits: (value) => typeof value === 'boolean',
    },
    {
      key: 'poll_interval_seconds',
      expects: 'a number above 0',
      fits: (value) => isNumber(value) && Number(value.number) > 0,
    },
  ],
  state: [],
};

/** The kinds of document that are checked. */
export const checkedKinds: readonly string[] = Object.keys(needs);

/**
 * What is wrong with a document of this kind, a sentence each: no object, a required key that is missing or
 * of another type, a time (`…_at`, `timestamp`) that is none. Nothing for kinds that nobody relies on.
 */
export const documentFaults = (kind: string, document: JsonValue): readonly string[] => {
  const required = Object.hasOwn(needs, kind) ? needs[kind] : undefined;
  if (!required) return [];
  if (!isObject(document)) return [`'${kind}' is no object of JSON`];
  const missing = required.flatMap(({key, expects, fits}) => {
    const value = memberOf(document, key);
    if (value === undefined) return [`'${kind}' has no '${key}': expected ${expects}`];
    return fits(value) ? [] : [`'${key}' of '${kind}': expected ${expects}, got ${shown(value)}`];
  });
  return [...missing, ...timeFaults(kind, document)];
};

/** A document's own `updated_at`, in milliseconds since 1970; undefined where it has none. */
export const updatedAtIn = (document: JsonValue): number | undefined => {
  const value = isObject(document) ? memberOf(document, 'updated_at') : undefined;
  return value === undefined ? undefined : momentOf(value);
};

const timeFaults = (path: string, value: JsonValue): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap((each, at) => timeFaults(`${path}[${at}]`, each));
  if (!isObject(value)) return [];
  return value.members.flatMap(([name, member]) => {
    const isTime = /(^|_)(at|timestamp)$/.test(name) && member !== null && !isNested(member);
    if (!isTime) return timeFaults(`${path}.${name}`, member);
    return momentOf(member) === undefined
      ? [`'${name}' of '${path}': expected a time, got ${shown(member)}`]
      : [];
  });
};

const momentOf = (value: JsonValue): number | undefined => {
  if (typeof value === 'string') return validMoment(value);
  if (!isNumber(value)) return undefined;
  const number = Number(value.number);
  // Seconds as Unix counts them, or milliseconds: up to the year 5138, and from 1973 on.
  const milliseconds = Math.abs(number) < 1e11 ? number * 1_000 : number;
  return Math.abs(milliseconds) <= 8.64e15 ? Math.round(milliseconds) : undefined;
};

const isObject = (value: JsonValue): value is JsonObject =>
  value instanceof Object && 'members' in value;

const isNumber = (value: JsonValue): value is {number: string} =>
  value instanceof Object && 'number' in value;

const isNested = (value: JsonValue): boolean => value instanceof Object && !isNumber(value);

const memberOf = ({members}: JsonObject, key: string): JsonValue | undefined =>
  members.find(([name]) => name === key)?.[1];

const shown = (value: JsonValue): string => {
  if (value instanceof Object && !isNumber(value)) return isObject(value) ? 'an object' : 'a list';
  const text = isNumber(value) ? value.number : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

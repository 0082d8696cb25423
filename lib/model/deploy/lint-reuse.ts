/** The same secret in several places, which is one too many; and passwords of one login that differ. */

import {parseConnectionUrl} from '../connection-url.ts';
import type {EnvFile} from '../env-file.ts';
import {printable} from '../redact.ts';
import type {Finding} from './finding.ts';
import {placeholderKind} from './placeholder.ts';
import {isDatabasePassword, type Secret, secretIn} from './secret-names.ts';
import {weaknessOf} from './secret-strength.ts';

type Line = Secret & {readonly line: number};
type Place = {readonly name: string; readonly databaseService: string};

/** Both by the values; the text has keys and lines alone. */
export const lintReuse = (own: EnvFile, place: Place): readonly Finding[] => {
  const lines = [...own.values].flatMap(([key, {value, line}]) => {
    const secret = secretIn(key, value);
    return secret && isAnyGood(secret) ? [{...secret, line}] : [];
  });
  return [...reused(lines, place), ...disagreeing(own, place)];
};

/** The others are found fault with by themselves. */
const isAnyGood = ({value}: Secret): boolean =>
  placeholderKind(value, {isSecret: true}) !== 'placeholder' &&
  weaknessOf(value)?.kind !== 'guessable';

const reused = (lines: readonly Line[], {name}: Place): readonly Finding[] =>
  lines.flatMap((line, index) => {
    const first = lines
      .slice(0, index)
      .find((other) => other.value === line.value && !isSameLogin(other, line));
    if (first === undefined) return [];
    return [
      {
        level: 'warning',
        rule: 'reused secret',
        where: `${name} line ${line.line}`,
        what: `${printable(line.key)} has the secret of ${printable(first.key)} (line ${first.line})`,
        hint: 'give each its own: who learns one has both',
      },
    ];
  });

/**
 * POSTGRES_PASSWORD and the password in DATABASE_URL, REDIS_PASSWORD and REDIS_URL, two names of the
 * database's password: one login, told twice.
 */
const isSameLogin = (one: Secret, other: Secret): boolean => {
  if (one.scheme !== undefined && other.scheme !== undefined)
    return kindOf(one.scheme) === kindOf(other.scheme);
  if (one.scheme === undefined && other.scheme === undefined)
    return isDatabasePassword(one.key) && isDatabasePassword(other.key);
  const plain = one.scheme === undefined ? one : other;
  return /PASS(WORD|WD)?(_?\d+)?$|PWD$/i.test(plain.key);
};

const kindOf = (scheme: string): string =>
  scheme.replace(/^(postgres)ql$|^(redis|amqp|http)s$/, '$1$2');

/** A new cluster is made with POSTGRES_PASSWORD; an old one keeps the password that it was made with. */
const disagreeing = ({values}: EnvFile, {name, databaseService}: Place): readonly Finding[] => {
  const password = values.get('POSTGRES_PASSWORD')?.value;
  const user = values.get('POSTGRES_USER')?.value ?? 'postgres';
  if (password === undefined || password === '') return [];
  return [...values].flatMap(([key, {value, line}]) => {
    const {PGHOST, PGUSER, PGPASSWORD} = parseConnectionUrl(value).libpq;
    const isOther = PGPASSWORD !== undefined && PGPASSWORD !== password;
    if (PGHOST !== databaseService || PGUSER !== user || !isOther) return [];
    return [
      {
        level: 'warning',
        rule: 'two passwords',
        where: `${name} line ${line}`,
        what: `${printable(key)} has another password for '${printable(user)}' than POSTGRES_PASSWORD`,
        hint: `a new database is made with POSTGRES_PASSWORD: make them equal, or look which one '${printable(databaseService)}' takes`,
      },
    ];
  });
};

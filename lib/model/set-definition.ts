/** What the definition in a set says of roles and of the database itself. */
import {displayIdentifier} from './catalog.ts';
import type {Parameter} from './database-facts.ts';
import {aboutDatabase} from './database-statements.ts';
import {isOfDatabase, type SchemaEntry} from './schema-text.ts';
import {definingStatements} from './sql-script.ts';

/** The roles that objects belong to, each once. */
export const ownersIn = (entries: readonly SchemaEntry[]): readonly string[] =>
  [...new Set(entries.map(({owner}) => owner))].filter((owner) => owner !== '' && owner !== '-');

/** Of these roles, those that the definition names: it does not load without them. */
export const mentionedIn = (
  entries: readonly SchemaEntry[],
  roles: readonly string[],
): readonly string[] => {
  const owners = ownersIn(entries);
  const texts = entries.map(({sql}) => sql).join('\n');
  const isNamed = (role: string) =>
    new RegExp(
      `(^|[\\s,(])(${escaped(displayIdentifier(role))}|${escaped(`"${role.replaceAll('"', '""')}"`)})($|[\\s,;)])`,
      'm',
    ).test(texts);
  return [...new Set([...owners, ...roles.filter(isNamed)])];
};

/** Whether rights on the database were granted by others than its owner: only a superuser grants in their name. */
export const grantsByOthers = (entries: readonly SchemaEntry[]): boolean =>
  entries.some((entry) => isOfDatabase(entry) && /^SET SESSION AUTHORIZATION /m.test(entry.sql));

/** What is set for the database itself, for all or for one role in it. */
export const parametersIn = (entries: readonly SchemaEntry[]): readonly Parameter[] =>
  entries
    .filter(isOfDatabase)
    .flatMap(({sql}) => definingStatements(sql))
    .flatMap((statement) => {
      const [, role, name] = settingOf.exec(statement) ?? [];
      return name === undefined
        ? []
        : [{role: role === undefined ? null : plain(role), name: plain(name)}];
    });

const word = String.raw`("(?:[^"]|"")+"|[^\s";]+)`;
const settingOf = new RegExp(
  `^ALTER (?:DATABASE|ROLE ${word} IN DATABASE) (?:"(?:[^"]|"")+"|[^\\s";]+) SET ${word} TO `,
);
const plain = (written: string): string =>
  written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;

export type DatabaseDefinition = {
  /** The one statement that makes it, empty. */
  readonly create: string;
  /** Its owner, settings, grants, limits and comment. */
  readonly rest: readonly string[];
};

/**
 * How a database is made, said of another name. Errors: NotPlainSql for what pg_dump does not write.
 */
export const databaseDefinition = (
  entries: readonly SchemaEntry[],
  names: {readonly from: string; readonly to: string},
): DatabaseDefinition | undefined => {
  const statements = entries
    .filter(isOfDatabase)
    .flatMap(({sql}) => definingStatements(sql))
    .map((statement) => aboutDatabase(statement, names));
  const create = statements.find((statement) => statement.startsWith('CREATE DATABASE '));
  return create === undefined
    ? undefined
    : {create, rest: statements.filter((statement) => statement !== create)};
};

const escaped = (text: string) => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');

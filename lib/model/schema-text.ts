/**
 * The definition of a database as pg_dump writes it, taken apart into its objects, so that two of
 * them can be compared and what differs be named.
 */

import {type OpenQuote, quoteAfter} from './sql-quotes.ts';

export type SchemaEntry = {
  /** As pg_dump heads it: `INDEX`, `ACL`, `DATABASE PROPERTIES`. */
  readonly type: string;
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  readonly tablespace: string;
  /** The statements, without what depends on the order of the objects. */
  readonly sql: string;
};

const heading =
  /^-- (?:TOC entry \d+ .*\n-- )?Name: (.*); Type: ([A-Z ]+); Schema: (.*?); Owner: (.*?)(?:; Tablespace: (.*))?$/;

/** Lines that are not part of an object: settings of the session (whose grant one is, is part of it), commands for psql, comments of pg_dump. */
const incidental =
  /^(SET (?!SESSION AUTHORIZATION )|SELECT pg_catalog\.set_config|\\(un)?restrict |\\connect |\\encoding |--$|-- PostgreSQL database dump complete$)/;

/**
 * Takes a schema-only dump apart. What stands before the first object is left out. What a function's
 * body or a comment has in it belongs to that object, though it look like a heading.
 */
export const schemaEntries = (text: string): readonly SchemaEntry[] => {
  const entries: {head: RegExpExecArray; lines: string[]}[] = [];
  let open: OpenQuote;
  for (const line of text.split('\n')) {
    const head = open === undefined ? heading.exec(line) : null;
    if (head) entries.push({head, lines: []});
    else if (open !== undefined || !incidental.test(line)) entries.at(-1)?.lines.push(line);
    open = quoteAfter(line, open);
  }
  return entries.map(
    ({head: [, name = '', type = '', schema = '', owner = '', tablespace = ''], lines}) => ({
      type,
      schema,
      name,
      owner,
      tablespace,
      sql: lines.join('\n').trim(),
    }),
  );
};

/** Whether an entry is about the database itself, not about something in it. */
export const isOfDatabase = ({type, name, schema}: SchemaEntry): boolean =>
  type.startsWith('DATABASE') ||
  (schema === '-' &&
    ['ACL', 'COMMENT', 'SECURITY LABEL'].includes(type) &&
    name.startsWith('DATABASE '));

/**
 * Whether a dump makes the schema `public` itself, as one taken with `--schema=public` does: a new
 * database has it already, and it has to go first.
 */
export const makesPublic = (entries: readonly SchemaEntry[]): boolean =>
  entries.some(
    ({type, name, sql}) =>
      type === 'SCHEMA' && name === 'public' && /^CREATE SCHEMA public;/m.test(sql),
  );

export type SchemaChange = {
  /** `TABLE public orders`. */
  readonly entry: string;
  readonly change: 'new' | 'dropped' | 'changed';
  /** Of a changed one: its first line that differs, on either side where there is one. */
  readonly was?: string | undefined;
  readonly is?: string | undefined;
};

/** The objects in which two definitions differ. */
export const schemaChanges = (before: string, after: string): readonly SchemaChange[] =>
  entryChanges(schemaEntries(before), schemaEntries(after));

const entryChanges = (
  before: readonly SchemaEntry[],
  after: readonly SchemaEntry[],
): readonly SchemaChange[] => {
  const [old, now] = [byKey(before), byKey(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((entry): SchemaChange[] => {
    const [was, is] = [old.get(entry), now.get(entry)];
    if (was === is) return [];
    if (is === undefined) return [{entry, change: 'dropped'}];
    if (was === undefined) return [{entry, change: 'new'}];
    return [{entry, change: 'changed', ...firstDifference(was, is)}];
  });
};

/** What differs between the definition recorded and the one found, a sentence for each object. */
export const compareSchemas = (recorded: string, found: string): readonly string[] =>
  compareEntries(schemaEntries(recorded), schemaEntries(found));

/** The same for entries, where only some of them are to be compared. */
export const compareEntries = (
  recorded: readonly SchemaEntry[],
  found: readonly SchemaEntry[],
): readonly string[] =>
  entryChanges(recorded, found).flatMap(({entry, change, was, is}) => {
    if (change === 'dropped') return [`${entry} is missing`];
    if (change === 'new') return isDefaultComment(entry) ? [] : [`${entry} is not in the set`];
    const sides = [was && `recorded '${was}'`, is && `found '${is}'`].filter(Boolean).join(', ');
    return [`${entry} differs: ${sides || 'the order of its lines'}`];
  });

/** An extension brings its comment along; pg_dump can't say that it was taken away. */
const isDefaultComment = (key: string) => key.startsWith('COMMENT EXTENSION ');

const byKey = (entries: readonly SchemaEntry[]): ReadonlyMap<string, string> => {
  const bodies = new Map<string, string[]>();
  for (const entry of entries) {
    const key = [entry.type, entry.schema === '-' ? '' : entry.schema, entry.name]
      .filter(Boolean)
      .join(' ');
    const owner = entry.owner === '' ? '' : `\nowner ${entry.owner}`;
    const place = entry.tablespace === '' ? '' : `\ntablespace ${entry.tablespace}`;
    bodies.set(key, [...(bodies.get(key) ?? []), `${comparable(entry)}${owner}${place}`]);
  }
  return new Map([...bodies].map(([key, texts]) => [key, texts.sort().join('\n')]));
};

// What another server writes in another order or by itself, without a difference: a restored child
// of an inheritance may have its columns in another order, and roles of a policy stand by their oid.
const comparable = ({type, sql}: SchemaEntry): string => {
  if (type === 'POLICY')
    return sql.replace(
      /^(CREATE POLICY .* TO )(.*?)( USING | WITH CHECK |;)/s,
      (_, head, roles, tail) => `${head}${roles.split(', ').sort().join(', ')}${tail}`,
    );
  return type.endsWith('TABLE')
    ? sql
        .split('\n')
        .map((line) => line.replace(/,$/, ''))
        .sort()
        .join('\n')
    : sql;
};

const firstDifference = (was: string, is: string) => {
  const found = new Set(is.split('\n'));
  const expected = new Set(was.split('\n'));
  const gone = was.split('\n').find((line) => line.trim() !== '' && !found.has(line));
  const come = is.split('\n').find((line) => line.trim() !== '' && !expected.has(line));
  return {was: gone?.trim(), is: come?.trim()};
};

/** What PostgreSQL has instead of a virtual table of full-text search: a column that the server keeps up to date. */
import {
  closingOf,
  isWord,
  splitAtCommas,
  type Token,
  tokensOf,
} from '../model/migrate/sqlite-lexer.ts';
import {columnOf, type NamedTable} from '../model/migrate/sqlite-table.ts';
import {printable} from '../model/redact.ts';
import {identifier} from './sql.ts';

export type Offer = {
  /** The virtual table. */
  readonly of: string;
  /** In the target. */
  readonly table: string;
  readonly statements: readonly string[];
};

/** https://www.sqlite.org/fts5.html#external_content_tables */
type Search = {readonly columns: readonly string[]; readonly content: string | undefined};

/** What a CREATE VIRTUAL TABLE says; undefined where it is none of full-text search. */
export const readSearch = (sql: string): Search | undefined => {
  const tokens = tokensOf(sql);
  const at = tokens.findIndex((token) => isWord(token, 'USING'));
  if (!isWord(tokens[at + 1], 'FTS3', 'FTS4', 'FTS5')) return undefined;
  const parts = splitAtCommas(tokens.slice(at + 3, closingOf(tokens, at + 2)));
  const isOption = (part: readonly Token[]) => isWord(part[1], '=');
  const content = parts.find((part) => isOption(part) && isWord(part[0], 'CONTENT'))?.[2]?.value;
  return {
    columns: parts.filter((part) => !isOption(part)).flatMap(([name]) => name?.value ?? []),
    content: content === '' ? undefined : content,
  };
};

/** The statements where the texts are in a table that comes; undefined where the index alone has them. */
export const searchOffer = (
  {name, sql}: {readonly name: string; readonly sql: string},
  tables: readonly NamedTable[],
): Offer | undefined => {
  const search = readSearch(sql);
  const table = tables.find(({fact}) => fact.name.toLowerCase() === search?.content?.toLowerCase());
  if (!search || !table) return undefined;
  const columns = search.columns.flatMap((column) => columnOf(table, column) ?? []);
  if (columns.length === 0) return undefined;
  const taken = new Set(table.columns.map((column) => column.name));
  const free = ['search', 'search_vector', `${name}_vector`].find((each) => !taken.has(each));
  if (free === undefined) return undefined;
  const texts = columns.map((column) => `coalesce(${identifier(column.name)}::text, '')`);
  return {
    of: name,
    table: table.name,
    statements: [
      `ALTER TABLE ${identifier(table.name)} ADD COLUMN ${identifier(free)} tsvector GENERATED ALWAYS AS (to_tsvector('simple', ${texts.join(" || ' ' || ")})) STORED`,
      `CREATE INDEX ON ${identifier(table.name)} USING gin (${identifier(free)})`,
    ],
  };
};

/** For the file of a map: as comments, since it is for people to decide. */
export const offerText = ({of, table, statements}: Offer): string =>
  [
    `Instead of the full-text search '${printable(of)}', a column of '${printable(table)}', asked with @@ plainto_tsquery('simple', '…'):`,
    'after:',
    ...statements.map((statement) => `  - ${JSON.stringify(statement)}`),
  ].join('\n');

/** What the operator's map asks for, as statements. */
import type {Finish} from '../model/migrate/incoming.ts';
import {type MigrateMap, tableWish} from '../model/migrate/migrate-map.ts';
import type {Namer} from '../model/migrate/names.ts';
import type {NamedColumn, NamedTable} from '../model/migrate/sqlite-table.ts';
import {identifier} from './sql.ts';
import {sqliteName} from './sqlite.ts';

/** How many cells of a column have nothing in them. */
export const emptyCells = (table: string, column: string): string =>
  `SELECT count(*) FROM ${sqliteName(table)} NOT INDEXED WHERE ${sqliteName(column)} IS NULL OR ${sqliteName(column)} = '' COLLATE BINARY`;

/** By way of text: every type reads its own text, and few are cast to each other. Of bytes, the text that they say. */
export const conversionsOf = ({name: table, columns}: NamedTable): readonly Finish[] =>
  columns.flatMap((column) => {
    const {name, wished, generates} = column;
    if (wished === undefined) return [];
    const alter = `ALTER TABLE ${identifier(table)} ALTER COLUMN ${identifier(name)}`;
    const filled = generates === undefined ? [] : [`${alter} SET DEFAULT ${newUuid(wished)}`];
    const said = generates === undefined ? '' : `, ${generates} UUIDs`;
    return [
      {
        ...{kind: 'sql', what: `type ${wished}${said} of '${name}' of '${table}'`},
        ...{otherwise: 'fail'},
        statements: [`${alter} TYPE ${wished} USING (${convertedTo(column, wished)})`, ...filled],
      },
    ];
  });

const convertedTo = ({name, using, generates, choice}: NamedColumn, wished: string): string => {
  const text =
    choice.type === 'bytea'
      ? `convert_from(${identifier(name)}, 'UTF8')`
      : `${identifier(name)}::text`;
  const value = using ?? `${text}::${wished}`;
  return generates === undefined
    ? value
    : `CASE WHEN coalesce(${identifier(name)}::text, '') = '' THEN ${newUuid(wished)} ELSE ${value} END`;
};

const newUuid = (type: string): string =>
  type === 'uuid' ? 'gen_random_uuid()' : `gen_random_uuid()::text::${type}`;

type Wishing = {readonly map: MigrateMap; readonly namer: Namer};

export const wishedIndexes = (table: NamedTable, {map, namer}: Wishing): readonly Finish[] =>
  (tableWish(map, table.fact.name)?.indexes ?? []).map(({name, using, on, where, unique}) => {
    const named = namer.nameFor(name ?? `${table.name}_${on.replaceAll(/\W+/g, '_')}_idx`);
    const words = [
      `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${identifier(named)} ON ${identifier(table.name)}`,
      ...(using === undefined ? [] : [`USING ${identifier(using)}`]),
      `(${on})`,
      ...(where === undefined ? [] : [`WHERE ${where}`]),
    ];
    return {
      ...{kind: 'index', what: `index '${named}' on '${table.name}'`, makes: named},
      ...{statements: [words.join(' ')], otherwise: 'fail'},
    };
  });

export const wishedStatements = ({after}: MigrateMap): readonly Finish[] =>
  (after ?? []).map((statement) => ({
    ...{kind: 'sql', what: `statement of the map '${statement.slice(0, 60)}'`, otherwise: 'fail'},
    statements: [statement],
  }));

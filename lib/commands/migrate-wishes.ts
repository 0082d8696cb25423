/** What the operator's map asks for, as statements. */
import type {Finish} from '../model/migrate/incoming.ts';
import {type MigrateMap, tableWish} from '../model/migrate/migrate-map.ts';
import type {Namer} from '../model/migrate/names.ts';
import type {NamedColumn, NamedTable} from '../model/migrate/sqlite-table.ts';
import {type Family, shapeOf} from '../model/migrate/type-family.ts';
import {identifier, literal} from './sql.ts';
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
        statements: [
          ...lossRefusals(table, column, wished),
          `${alter} TYPE ${wished} USING (${convertedTo(column, wished)})`,
          ...filled,
        ],
      },
    ];
  });

/**
 * The server rounds and cuts without a word. What SQLite was not asked about already, it is asked itself: of types that
 * it alone knows it has to say what was said to it; of moments what was loaded. Where more is meant, the map says `using`.
 */
const lossRefusals = (table: string, column: NamedColumn, wished: string): readonly string[] => {
  const {using, choice} = column;
  const family = shapeOf(wished)?.family;
  if (using !== undefined) return [];
  if (family === undefined)
    return [refuseLoss(table, {value: textOf(column), wished, loaded: 'text'})];
  return moments.has(family) && choice.type !== 'text'
    ? [refuseLoss(table, {value: textOf(column), wished, loaded: choice.type})]
    : [];
};

const moments: ReadonlySet<Family> = new Set(['date', 'time', 'timestamp', 'timestamptz']);

type Conversion = {
  readonly value: string;
  readonly wished: string;
  /** The type that the values came as. */
  readonly loaded: string;
};

const refuseLoss = (table: string, {value, wished, loaded}: Conversion): string => {
  const check = `DECLARE odd record; BEGIN
    SELECT count(*) AS n, min(v) AS least INTO odd FROM (SELECT ${value} AS v FROM ${identifier(table)}) s
      WHERE v IS NOT NULL AND format('%s', v::${wished})::${loaded} IS DISTINCT FROM v::${loaded};
    IF odd.n > 0 THEN RAISE EXCEPTION '% values would come back otherwise, such as %', odd.n, left(odd.least, 60); END IF; END`;
  return `DO ${literal(check)}`;
};

/** Of bytes, the text that they say. */
const textOf = ({name, choice}: NamedColumn): string =>
  choice.type === 'bytea'
    ? `convert_from(${identifier(name)}, 'UTF8')`
    : `${identifier(name)}::text`;

const convertedTo = (column: NamedColumn, wished: string): string => {
  const {name, using, generates} = column;
  const value = using ?? `${textOf(column)}::${wished}`;
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

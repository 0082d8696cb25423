/** Values that the other side keeps otherwise: there are few of the kind, and none is lost unseen. */
import * as asks from '../../commands/export-catalog.ts';
import {type ExportedTable, rowsIn} from '../../commands/export-json.ts';
import type {ExportedColumn} from '../../model/export/exported-column.ts';
import type {PgColumn, PgTable} from '../../model/export/pg-table.ts';
import type {NotCarried} from '../../model/migrate/incoming.ts';
import {isNumeric} from '../../model/migrate/kept-class.ts';
import type {ExportSite} from './snapshot.ts';

type Asking = {
  readonly column: string;
  /** True where there is such a value. */
  readonly ask: (place: string, column: string) => string;
  readonly what: string;
  readonly why: string;
};

const shifted = {
  ask: asks.hasShiftedArray,
  what: 'the first places of arrays',
  why: 'a list of JSON begins where it begins: what was [0:1]={1,2} comes back as {1,2}',
};

const jsonNull = {
  ask: asks.hasJsonNull,
  what: 'the difference between NULL and the JSON null',
  why: 'both are null in the file, and come back as NULL',
};

const jsonNullWithin = {...jsonNull, ask: asks.hasJsonNullWithin};

const signs = {
  ask: asks.hasNegativeZero,
  what: 'the sign of negative zeros',
  why: 'SQLite has none in a column of numbers: they are 0.0',
};

/** Of a table as it is written into SQLite. Errors: toolFailed. */
export const lostInSqlite = (
  site: ExportSite,
  table: PgTable,
  columns: readonly ExportedColumn[],
): Promise<readonly NotCarried[]> =>
  findLost(site, table, [
    ...table.columns.flatMap((column) =>
      columns.some(({name, wording}) => name === column.name && wording === 'as json')
        ? askingsOfList(column)
        : [],
    ),
    // A column that makes numbers of what comes makes 0.0 of a zero with a sign.
    ...columns.flatMap(({name, type, affinity}) => {
      const isDouble = type === 'real' || type === 'double precision';
      return isDouble && isNumeric(affinity) ? [{column: name, ...signs}] : [];
    }),
  ]);

/** Of a table as it is written as JSON. Errors: toolFailed. */
export const lostInJson = async (
  site: ExportSite,
  table: ExportedTable,
): Promise<readonly NotCarried[]> => {
  const columns = await site.session.query<Listed>(asks.columnsOf(site.schema, table.name));
  return findLost(
    site,
    table,
    columns.flatMap((column) => [
      ...askingsOfList(column),
      ...(/^jsonb?$/.test(column.base) ? [{column: column.name, ...jsonNull}] : []),
    ]),
  );
};

type Listed = Pick<PgColumn, 'name' | 'base' | 'isArray'>;

/** Of what is written as a list of JSON. */
const askingsOfList = ({name, base, isArray}: Listed): readonly Asking[] => [
  ...(isArray ? [{column: name, ...shifted}] : []),
  ...(/^jsonb?\[\]$/.test(base) ? [{column: name, ...jsonNullWithin}] : []),
];

const findLost = async (
  {session, schema}: ExportSite,
  table: Pick<ExportedTable, 'name' | 'isPartitioned'>,
  askings: readonly Asking[],
): Promise<readonly NotCarried[]> => {
  const lost: NotCarried[] = [];
  for (const {column, ask, what, why} of askings) {
    const [found] = await session.query<boolean>(ask(rowsIn(schema, table), column));
    if (found) lost.push({kind: 'value', what: `${what} in '${table.name}.${column}'`, why});
  }
  return lost;
};

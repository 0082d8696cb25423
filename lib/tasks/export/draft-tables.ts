/** Which tables come as SQLite had them, under which names, and what becomes of each column. */
import {hasInexact} from '../../commands/export-catalog.ts';
import {rowsIn} from '../../commands/export-json.ts';
import {type ChosenColumn, chooseColumn} from '../../model/export/choose-column.ts';
import {
  clashingRecords,
  createNames,
  hasAllColumns,
  type Match,
  matchOf,
  type OwnedRecord,
} from '../../model/export/match-record.ts';
import type {PgTable} from '../../model/export/pg-table.ts';
import {oneStatement} from '../../model/export/source-statement.ts';
import type {NotCarried} from '../../model/migrate/incoming.ts';
import {lostInSqlite} from './lost-values.ts';
import type {ExportSite} from './snapshot.ts';

export type Drafted = {
  readonly table: PgTable;
  readonly match: Match | undefined;
  readonly name: string;
  readonly chosen: readonly ChosenColumn[];
  /** Values that SQLite keeps otherwise. */
  readonly lost: readonly NotCarried[];
  /** SQLite's own statement makes it. */
  readonly isAsItWas: boolean;
};

/** Each table with what is known of it. Errors: toolFailed. */
export const draftAll = async (
  site: ExportSite,
  tables: readonly PgTable[],
  records: readonly OwnedRecord[],
): Promise<readonly Drafted[]> => {
  const matched = tables.map((table) => ({table, match: matchOf(table, records)}));
  const matches = matched.flatMap(({match}) => match ?? []);
  const nameFor = createNames(matches.flatMap(namesIn));
  const clashing = clashingRecords(matches);
  const drafts: Drafted[] = [];
  for (const {table, match} of matched) {
    const chosen = await chooseAll(site, table, match);
    const lost = await lostInSqlite(
      site,
      table,
      chosen.map(({column}) => column),
    );
    // Tables of two files that had one name.
    const isTaken = matches.some(
      (other) =>
        other !== match &&
        other.table.source.toLowerCase() === match?.table.source.toLowerCase() &&
        clashing.has(match.record),
    );
    const isAsItWas =
      match !== undefined &&
      !clashing.has(match.record) &&
      hasStatement(match) &&
      hasAllColumns(table, match.table) &&
      chosen.every(({fitsDeclared}) => fitsDeclared);
    drafts.push({
      table,
      match,
      chosen,
      lost,
      isAsItWas,
      name: match && !isTaken ? match.table.source : nameFor(table.name),
    });
  }
  return drafts;
};

const chooseAll = async (
  site: ExportSite,
  table: PgTable,
  match: Match | undefined,
): Promise<readonly ChosenColumn[]> => {
  const classes = match?.table.columns.flatMap(({classColumn}) => classColumn ?? []) ?? [];
  const columnName = createNames(match?.table.columns.map(({source}) => source) ?? []);
  const chosen: ChosenColumn[] = [];
  for (const column of table.columns) {
    const recorded = match?.table.columns.find(({name}) => name === column.name);
    if (!recorded && classes.includes(column.name)) continue;
    const isInexact =
      column.base === 'numeric' &&
      (await isInexactIn(site, table, {column: column.name, isRecorded: recorded !== undefined}));
    const classColumn = table.columns.find(({name}) => name === recorded?.classColumn);
    const one = chooseColumn(column, {
      recorded,
      isInexact,
      hasClasses: classColumn !== undefined,
    });
    const source = recorded ? recorded.source : columnName(column.name);
    chosen.push({...one, column: {...one.column, source}});
  }
  return chosen;
};

/** Tables and views share them. */
const namesIn = ({record, table}: Match): readonly string[] => [
  table.source,
  ...record.objects.flatMap(({type, name}) => (type === 'view' ? [name] : [])),
];

const hasStatement = ({record, table: {source}}: Match): boolean =>
  record.objects.some(
    (object) =>
      object.type === 'table' && object.name === source && oneStatement(object) !== undefined,
  );

const isInexactIn = async (
  {session, schema}: ExportSite,
  table: PgTable,
  column: {readonly column: string; readonly isRecorded: boolean},
): Promise<boolean> => {
  const place = rowsIn(schema, table);
  const [found] = await session.query<boolean>(hasInexact(place, column));
  return found === true;
};

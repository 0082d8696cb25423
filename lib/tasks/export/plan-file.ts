/** What a SQLite file is to hold of a schema: decided by what migrates have noted, else by the types of PostgreSQL. */
import * as asks from '../../commands/export-catalog.ts';
import {tableDdl} from '../../commands/export-ddl.ts';
import {headOf, type LoadedTable, markOf} from '../../commands/export-sqlite.ts';
import {qualified} from '../../commands/sql.ts';
import {type ChosenColumn, chooseColumn} from '../../model/export/choose-column.ts';
import {
  clashingRecords,
  createNames,
  hasAllColumns,
  type Match,
  markFor,
  matchOf,
  type OwnedRecord,
} from '../../model/export/match-record.ts';
import type {PgOther, PgTable} from '../../model/export/pg-table.ts';
import {oneStatement} from '../../model/export/source-statement.ts';
import type {NotCarried} from '../../model/migrate/incoming.ts';
import {recordIn} from '../../model/migrate/source-record.ts';
import {recordedObjects} from './recorded-objects.ts';
import type {ExportSite} from './snapshot.ts';

export type ExportedTablePlan = LoadedTable & {
  readonly bytes: number;
  /** Its rows lie in another order in SQLite: compared in the order of their bytes. */
  readonly isOrdered: boolean;
};

export type ExportDecision = {
  readonly table: string;
  readonly column: string;
  readonly declared: string;
  readonly why: string;
};

export type FilePlan = {
  readonly head: readonly string[];
  readonly tables: readonly ExportedTablePlan[];
  /** Tables, then all that is quicker to make when the rows are there. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Columns that are not as a migrate from SQLite noted them. */
  readonly decisions: readonly ExportDecision[];
  readonly notCarried: readonly NotCarried[];
};

type Drafted = {
  readonly table: PgTable;
  readonly match: Match | undefined;
  readonly name: string;
  readonly chosen: readonly ChosenColumn[];
  /** SQLite's own statement makes it. */
  readonly isAsItWas: boolean;
};

/** Reads the catalog of the moment. Errors: toolFailed. */
export const planFile = async (
  site: ExportSite,
  isMeant: (table: string) => boolean,
): Promise<FilePlan> => {
  const {session, schema} = site;
  await session.query(asks.nothingInPath);
  const notes = await session.query<{comment: string | null; owner: string}>(asks.sourceRecords);
  const records = notes.flatMap(({comment, owner}): readonly OwnedRecord[] => {
    const record = recordIn(comment);
    return record ? [{record, owner}] : [];
  });
  const tables: PgTable[] = [];
  for (const {name} of site.tables.filter((table) => isMeant(table.name)))
    tables.push(...(await session.query<PgTable>(asks.describeTable(schema, name))));
  const drafts = await draftAll(site, tables, records);
  const others = await session.query<PgOther>(asks.describeOthers(schema));
  return planOf(drafts, others);
};

const draftAll = async (
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
    // Tables of two files that had one name.
    const isTaken = matches.some(
      (other) =>
        other !== match &&
        other.table.source.toLowerCase() === match?.table.source.toLowerCase() &&
        clashing.has(match.record),
    );
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
      isAsItWas,
      name: match && !isTaken ? match.table.source : nameFor(table.name),
    });
  }
  return drafts;
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
  {name}: PgTable,
  column: {readonly column: string; readonly isRecorded: boolean},
): Promise<boolean> => {
  const place = qualified({schema, name});
  const [found] = await session.query<boolean>(asks.hasInexact(place, column));
  return found === true;
};

const planOf = (drafts: readonly Drafted[], others: readonly PgOther[]): FilePlan => {
  const names = new Map(drafts.map(({table, name}) => [table.name, name]));
  const used = [...new Set(drafts.flatMap(({match}) => (match ? [match.record] : [])))];
  const own = recordedObjects(
    used,
    (record, source) => {
      const draft = drafts.find(
        ({match}) => match?.record === record && match.table.source === source,
      );
      return draft && (draft.isAsItWas ? 'as it was' : 'anew');
    },
    clashingRecords(drafts.flatMap(({match}) => match ?? [])),
  );
  const indexName = createNames([...names.values(), ...own.names]);
  const made = drafts.map((draft) =>
    draft.isAsItWas ? undefined : madeAnew(draft, {tables: names, indexName}),
  );
  const views = new Set(own.views.map((name) => name.toLowerCase()));
  const [newest] = used;
  return {
    head: headOf(newest ?? {encoding: 'UTF-8', userVersion: 0, applicationId: 0}),
    tables: drafts.map(loadedTable),
    before: [...own.tables, ...made.flatMap((ddl) => (ddl ? [ddl.create] : []))],
    after: [
      ...made.flatMap((ddl) => ddl?.indexes ?? []),
      ...own.after,
      ...drafts.flatMap((draft, at) => markStatements(draft, made[at]?.counting?.name)),
    ],
    decisions: drafts.flatMap(({name, chosen}) =>
      chosen.flatMap(({column, why}) =>
        why === undefined
          ? []
          : [{table: name, column: column.source, declared: column.declared, why}],
      ),
    ),
    notCarried: [
      ...made.flatMap((ddl) => ddl?.notCarried ?? []),
      ...own.notCarried,
      ...others
        .filter(({kind, name}) => kind !== 'view' || !views.has(name.toLowerCase()))
        .map(({kind, name, text}) => ({
          ...{kind, what: `${kind} '${name}'`, source: text},
          why: kind === 'view' ? 'no migrate from SQLite brought it' : 'SQLite has none',
        })),
    ],
  };
};

const madeAnew = (
  {table, name, chosen}: Drafted,
  given: Pick<Parameters<typeof tableDdl>[1], 'tables' | 'indexName'>,
) => tableDdl(table, {...given, name, columns: chosen.map(({column}) => column)});

/** What SQLite computes is compared where PostgreSQL computes it too. */
const loadedTable = ({table, match, name, chosen, isAsItWas}: Drafted): ExportedTablePlan => {
  const columns = chosen
    .map(({column}) => (isAsItWas ? column : {...column, isGenerated: false}))
    .filter(
      ({isGenerated, name: own}) =>
        !isGenerated ||
        table.columns.some((column) => column.name === own && column.generated !== null),
    );
  const alias = match?.table.rowidAlias;
  const orderBy = isAsItWas
    ? match?.table.columns.find(({source}) => source === alias)?.name
    : undefined;
  const isOrdered = isAsItWas && match?.table.isWithoutRowid === true;
  return {name: table.name, source: name, columns, orderBy, bytes: table.bytes, isOrdered};
};

const markStatements = (
  {table, match, name, isAsItWas}: Drafted,
  counting: string | undefined,
): readonly string[] => {
  if (!isAsItWas) {
    const mark =
      counting === undefined ? undefined : markFor(table, {column: counting, highWater: null});
    return mark === undefined ? [] : markOf(name, mark);
  }
  const recorded = match?.table;
  if (!recorded?.isAutoincrement) return [];
  const column = recorded.columns.find(({source}) => source === recorded.rowidAlias)?.name ?? '';
  const mark = markFor(table, {column, highWater: recorded.highWater});
  return mark === undefined ? [] : markOf(name, mark);
};

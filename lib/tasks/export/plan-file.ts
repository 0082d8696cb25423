/** What a SQLite file is to hold of a schema: decided by what migrates have noted, else by the types of PostgreSQL. */
import * as asks from '../../commands/export-catalog.ts';
import {type TableNames, tableDdl} from '../../commands/export-ddl.ts';
import {headOf, type LoadedTable, markOf} from '../../commands/export-sqlite.ts';
import {
  clashingRecords,
  createNames,
  markFor,
  type OwnedRecord,
} from '../../model/export/match-record.ts';
import type {PgOther, PgTable} from '../../model/export/pg-table.ts';
import type {NotCarried} from '../../model/migrate/incoming.ts';
import {recordIn} from '../../model/migrate/source-record.ts';
import {type Drafted, draftAll} from './draft-tables.ts';
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

/** Reads the catalog of the moment. Errors: toolFailed. */
export const planFile = async (site: ExportSite): Promise<FilePlan> => {
  const {session, schema} = site;
  await session.query(asks.nothingInPath);
  const notes = await session.query<{comment: string | null; owner: string}>(asks.sourceRecords);
  const records = notes.flatMap(({comment, owner}): readonly OwnedRecord[] => {
    const record = recordIn(comment);
    return record ? [{record, owner}] : [];
  });
  const tables: PgTable[] = [];
  for (const {name} of site.tables)
    tables.push(...(await session.query<PgTable>(asks.describeTable(schema, name))));
  const bare = tables.filter(({columns}) => columns.length === 0);
  const drafts = await draftAll(
    site,
    tables.filter((table) => !bare.includes(table)),
    records,
  );
  const others = await session.query<PgOther>(asks.describeOthers(schema));
  const plan = planOf(drafts, others);
  return {...plan, notCarried: [...plan.notCarried, ...bare.map(lostTable)]};
};

const lostTable = ({name}: PgTable): NotCarried => ({
  ...{kind: 'table', what: `table '${name}'`, why: 'it has no columns: SQLite has no such tables'},
});

const planOf = (drafts: readonly Drafted[], others: readonly PgOther[]): FilePlan => {
  const names = namesOf(drafts);
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
  const indexName = createNames([...drafts.map(({name}) => name), ...own.names]);
  const made = drafts.map((draft) =>
    draft.isAsItWas ? undefined : madeAnew(draft, {tables: names, indexName}),
  );
  const views = new Set(own.views.map((name) => name.toLowerCase()));
  const [newest] = used;
  return {
    head: headOf(newest ?? {encoding: 'UTF-8', userVersion: 0, applicationId: 0}),
    tables: drafts.map((draft, at) => loadedTable(draft, made[at]?.rowid)),
    before: [...own.tables, ...made.flatMap((ddl) => (ddl ? [ddl.create] : []))],
    after: [
      ...made.flatMap((ddl) => ddl?.indexes ?? []),
      ...own.after,
      ...drafts.flatMap((draft, at) => markStatements(draft, made[at]?.counting?.name)),
    ],
    decisions: drafts.flatMap(decisionsOf),
    notCarried: [
      ...drafts.flatMap(({lost}) => lost),
      ...made.flatMap((ddl) => ddl?.notCarried ?? []),
      ...own.notCarried,
      ...others
        .filter(({kind, name}) => kind !== 'view' || !views.has(name.toLowerCase()))
        .map(lostOther),
    ],
  };
};

const namesOf = (drafts: readonly Drafted[]): TableNames =>
  new Map(
    drafts.map(({table, name, chosen}) => [
      table.name,
      {name, columns: new Map(chosen.map(({column}) => [column.name, column.source]))},
    ]),
  );

const decisionsOf = ({name, chosen}: Drafted): readonly ExportDecision[] =>
  chosen.flatMap(({column: {source, declared}, why}) =>
    why === undefined ? [] : [{table: name, column: source, declared, why}],
  );

const lostOther = ({kind, name, text}: PgOther): NotCarried => ({
  ...{kind, what: `${kind} '${name}'`, source: text},
  why: kind === 'view' ? 'no migrate from SQLite brought it' : 'SQLite has none',
});

const madeAnew = (
  {table, name, chosen}: Drafted,
  given: Pick<Parameters<typeof tableDdl>[1], 'tables' | 'indexName'>,
) => tableDdl(table, {...given, name, columns: chosen.map(({column}) => column)});

/** What SQLite computes is compared where PostgreSQL computes it too. */
const loadedTable = (
  {table, match, name, chosen, isAsItWas}: Drafted,
  rowid: string | undefined,
): ExportedTablePlan => {
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
    : rowid;
  const isOrdered = isAsItWas && match?.table.isWithoutRowid === true;
  const {bytes, isPartitioned} = table;
  return {name: table.name, source: name, columns, orderBy, bytes, isPartitioned, isOrdered};
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

/** A copy of a SQLite database as something to migrate: looked at, profiled, named. Nothing of the target is touched. */
import {type Cell, tableLines} from '../../commands/migrate-cells.ts';
import type {Orphans} from '../../commands/migrate-spanning.ts';
import {type Built, buildIncoming} from '../../commands/migrate-sqlite.ts';
import * as sentences from '../../commands/sqlite.ts';
import {sha256Of} from '../../commands/stream.ts';
import {writeRejectFiles} from '../../io/sources/reject-files.ts';
import {askSqlite, type Sqlite} from '../../io/sources/sqlite.ts';
import {OpsError} from '../../model/errors.ts';
import type {IncomingTable} from '../../model/migrate/incoming.ts';
import {assertKnown, type MigrateMap} from '../../model/migrate/migrate-map.ts';
import {
  declaredAs,
  linksOf,
  nameTables,
  pickTables,
  type Wishes,
} from '../../model/migrate/name-tables.ts';
import {createNamer} from '../../model/migrate/names.ts';
import type {Account} from '../../model/migrate/policy.ts';
import {type Fitted, fitTables} from '../../model/migrate/seeded.ts';
import {parseFacts, type SqliteFacts, type TableFact} from '../../model/migrate/sqlite-facts.ts';
import type {NamedTable} from '../../model/migrate/sqlite-table.ts';
import type {TargetTable} from '../../model/migrate/target-table.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';
import {together} from '../together.ts';
import {checkIntegrity} from './check-sqlite.ts';
import type {TargetFacts} from './plan.ts';
import {profileTables, type Reading, type ToProfile} from './profile-tables.ts';
import {sift} from './sift.ts';
import type {Source} from './source.ts';
import {type Sample, samplesOf} from './sqlite-samples.ts';

export type SqliteSource = Source & {
  readonly named: readonly NamedTable[];
  /** Values that are not of their column's usual class, as evidence: some of each column. */
  readonly samples: readonly Sample[];
  /** The map of the operator. */
  readonly wanted: MigrateMap;
  /** What the target's tables make of it. */
  readonly fitted: Fitted | undefined;
  /** Of tables whose rows do not all come as they are. */
  readonly accounts: readonly Account[];
  /** Each row and cell that was taken, a file for each table. */
  writeRejects(context: Context, folder: string): Promise<readonly string[]>;
};

export type Opening = {
  readonly sqlite: Sqlite;
  /** The file that the application has, for people. */
  readonly file: string;
  /** The copy, which alone is read. */
  readonly copy: string;
  readonly jobs: number;
  readonly wishes: Wishes;
  readonly target: Pick<TargetFacts, 'hasIcu' | 'collations'>;
  /** The tables that rows alone go into; undefined: tables are made. */
  readonly targets: readonly TargetTable[] | undefined;
};

/** Errors: notIntact for a damaged file; usage for an --include that names nothing. */
export const openSqlite = async (context: Context, opening: Opening): Promise<SqliteSource> => {
  const {copy, jobs, file, sqlite, wishes: asked, targets} = opening;
  const reading: Reading = {path: copy, escapes: sqlite.escapes, jobs};
  const facts = await describe(context, reading);
  const picked = pickTables(facts, asked);
  assertFound(facts, asked);
  assertKnown(asked.map, knownOf(facts));
  const fitted = targets && fitTables(pickedOf(facts, picked), {map: asked.map, targets});
  // Names are the target's own then.
  const wishes: Wishes = fitted ? {...asked, map: fitted.map, names: 'keep'} : asked;
  const all = {facts, picked, wishes, file, labels: fitted?.labels ?? new Map()};
  const {sifted, orphans, sha256} = await readAll(context, reading, all);
  const namer = createNamer({style: wishes.names, of: 'relations'});
  const named = nameTables(facts, {picked, values: sifted.values, wishes, namer});
  const nocase = opening.target.hasIcu ? freeCollation(opening.target.collations) : undefined;
  const built = buildIncoming(facts, {named, namer, orphans, nocase, map: wishes.map});
  return {
    ...(fitted ? rowsAlone(built) : built),
    ...{named, fitted, wanted: asked.map},
    label: `the SQLite file '${file}'`,
    sha256: `${sha256} ${JSON.stringify(wishes)}`,
    samples: await samplesOf(context, sifted.reading, named),
    accounts: sifted.accounts,
    writeRejects: ({shell}, folder) =>
      writeRejectFiles(shell, reading, {records: sifted.records, folder}),
    withLines: (_inner, {table, purpose}, use) => {
      const own = built.tables.find(({name}) => name === table.name)?.named;
      const lines = tableLines(table.source, {cells: cellsOf(table, {own, purpose}), purpose});
      const read = sentences.sqliteRead(copy, {printing: 'copy', escapes: sqlite.escapes});
      return use({
        stages: [read],
        input: sentences.sqliteScript([...(sifted.reading.views ?? []), lines]),
      });
    },
  };
};

/** Definitions are the application's. */
const rowsAlone = (built: Built): Built => ({
  ...built,
  tables: built.tables.map((table) => ({...table, finishes: []})),
  after: [],
  notCarried: [],
});

const pickedOf = (facts: SqliteFacts, picked: readonly TableFact[]) =>
  knownOf(facts).filter(({table}) => picked.some(({name}) => name === table));

type ReadAll = {
  readonly labels: ReadonlyMap<string, readonly string[]>;
  readonly facts: SqliteFacts;
  readonly picked: readonly TableFact[];
  readonly wishes: Wishes;
  readonly file: string;
};

const readAll = async (
  context: Context,
  reading: Reading,
  {facts, picked, wishes, file, labels}: ReadAll,
) => {
  const toProfile = profilesOf(facts, picked, wishes);
  const [values, orphans, sha256] = await inPhase(context, 'reading every value', (update) =>
    together<[Awaited<ReturnType<typeof profileTables>>, Orphans, string]>(context, [
      (inner) => profileTables(inner, reading, {tables: toProfile, update}),
      (inner) => checkIntegrity(inner, reading, file),
      async ({shell}) => (await shell.run(sha256Of(reading.path))).stdout.slice(0, 64),
    ]),
  );
  const sifting = {facts, picked, toProfile, values, map: wishes.map, labels};
  return {sifted: await sift(context, reading, sifting), orphans, sha256};
};

const knownOf = ({tables, columns}: SqliteFacts) =>
  tables.map(({name: table}) => {
    const own = columns.filter((column) => column.table === table);
    const key = own.filter((column) => column.key > 0);
    return {table, columns: own.map(({name}) => name), key: key.map(({name}) => name)};
  });

const profilesOf = (
  facts: SqliteFacts,
  picked: readonly TableFact[],
  {infers, map}: Wishes,
): readonly ToProfile[] => {
  const links = linksOf(facts);
  return picked.map(({name: table}) => ({
    name: table,
    columns: facts.columns
      .filter((column) => column.table === table && column.hidden !== 1)
      .map(({name, type}) => ({
        ...{name, declared: declaredAs(map, {table, column: name}) ?? type, infers},
        refers: links.some(({child}) => child.table === table && child.column === name),
      })),
  }));
};

type Written = {readonly own: NamedTable | undefined; readonly purpose: 'load' | 'compare'};

/** What the server computes itself is compared, but not loaded. */
const cellsOf = ({columns}: IncomingTable, {own, purpose}: Written): readonly Cell[] => {
  const written = columns.filter(({generated}) => generated === undefined || purpose === 'compare');
  const names = new Set(written.map(({name}) => name));
  return (own?.columns ?? [])
    .filter(({name}) => names.has(name))
    .map(({fact, choice, profile}) => ({column: fact.name, choice, profile}));
};

const describe = async ({shell}: Context, reading: Reading): Promise<SqliteFacts> => {
  const lines = await askSqlite(shell, reading, sentences.describe);
  const facts = parseFacts(lines.join('\n'));
  if (!facts.objects.some(({name}) => name === 'sqlite_sequence')) return facts;
  const sequences = await askSqlite(shell, reading, sentences.describeSequences);
  return parseFacts([...lines, ...sequences].join('\n'));
};

const assertFound = ({tables}: SqliteFacts, {include, exclude}: Wishes): void => {
  for (const pattern of [...include, ...exclude])
    if (
      pickTables({tables} as SqliteFacts, {
        ...{include: [pattern], exclude: [], map: {}},
      }).length === 0
    )
      throw new OpsError('usage', `there is no table '${pattern}' in the source`, {
        hint: `there are: ${tables.map(({name}) => name).join(', ')}`,
      });
};

/** Folds case: its name is free where the tables go. */
const freeCollation = (taken: readonly string[]): string => {
  const namer = createNamer({style: 'keep', of: 'relations'});
  for (const name of taken) namer.nameFor(name);
  return namer.nameFor('nocase');
};

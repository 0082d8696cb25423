/** A copy of a SQLite database as something to migrate: looked at, profiled, named. Nothing of the target is touched. */

import {cellsOf, tableLines} from '../../commands/migrate-cells.ts';
import {offerText} from '../../commands/migrate-offers.ts';
import {type Built, buildIncoming} from '../../commands/migrate-sqlite.ts';
import * as sentences from '../../commands/sqlite.ts';
import {writeRejectFiles} from '../../io/sources/reject-files.ts';
import type {Sqlite} from '../../io/sources/sqlite.ts';
import {hasRoomFor} from '../../model/migrate/class-columns.ts';
import type {IncomingTable} from '../../model/migrate/incoming.ts';
import {assertFound, assertKnown, type Known} from '../../model/migrate/map-known.ts';
import {mapOfSource} from '../../model/migrate/map-of-source.ts';
import type {MigrateMap} from '../../model/migrate/migrate-map.ts';
import {nameTables, pickTables, type Wishes} from '../../model/migrate/name-tables.ts';
import {createNamer, type Namer} from '../../model/migrate/names.ts';
import type {Account} from '../../model/migrate/policy.ts';
import {type Fitted, fitTables} from '../../model/migrate/seeded.ts';
import {recordOf} from '../../model/migrate/source-record.ts';
import type {SqliteFacts} from '../../model/migrate/sqlite-facts.ts';
import {comparable, type NamedTable} from '../../model/migrate/sqlite-table.ts';
import type {TargetTable} from '../../model/migrate/target-table.ts';
import type {Context} from '../context.ts';
import type {TargetFacts} from './look-at-target.ts';
import type {Reading} from './profile-tables.ts';
import type {Source} from './source.ts';
import {describe, knownOf, leftOutOf, pickedOf, readAll} from './sqlite-reading.ts';
import {type Sample, samplesOf} from './sqlite-samples.ts';
import {withWishes} from './sqlite-wishes.ts';
import {sqliteSample} from './take-sample.ts';

export type SqliteSource = Source & {
  readonly named: readonly NamedTable[];
  /** All that is there, whatever comes of it. */
  readonly known: readonly Known[];
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
  /** Ordinary tables that were left out. */
  readonly leftOut: readonly string[];
  readonly offerTexts: readonly string[];
};

export type Opening = {
  readonly sqlite: Sqlite;
  /** The file that the application has, for people. */
  readonly file: string;
  /** The copy, which alone is read. */
  readonly copy: string;
  readonly jobs: number;
  readonly wishes: Wishes;
  /** What this database is called beside others. */
  readonly alias?: string;
  /** Of all tables and indexes that come in this run. */
  readonly namer: Namer;
  /** Only to compare with what is there. */
  readonly isComparing: boolean;
  readonly target: Pick<TargetFacts, 'hasIcu' | 'collations'>;
  /** The tables that rows alone go into; undefined: tables are made. */
  readonly targets: readonly TargetTable[] | undefined;
};

/** Errors: notIntact for a damaged file; usage for an --include that names nothing. */
export const openSqlite = async (context: Context, opening: Opening): Promise<SqliteSource> => {
  const {copy, jobs, file, sqlite, targets} = opening;
  const reading: Reading = {path: copy, escapes: sqlite.escapes, jobs};
  const facts = await describe(context, reading);
  const {known, asked, picked} = pick(facts, opening);
  const fitted = targets && fitTables(pickedOf(facts, picked), {map: asked.map, targets});
  // Names are the target's own then.
  const wishes: Wishes = fitted ? {...asked, map: fitted.map, names: 'keep'} : asked;
  const all = {facts, picked, wishes, file, labels: fitted?.labels ?? new Map()};
  const {sifted, orphans, sha256} = await readAll(context, reading, all);
  const namer = fitted ? createNamer({style: 'keep', of: 'relations'}) : opening.namer;
  const takesColumn = (end: {table: string; column: string}) => !fitted || hasRoomFor(fitted, end);
  const given = {picked, values: sifted.values, wishes, namer, takesColumn};
  const plain = nameTables(facts, given);
  const named = await wishedTables(context, sifted.reading, {opening, plain, wishes, fitted});
  const nocase = opening.target.hasIcu ? freeCollation(opening.target.collations) : undefined;
  const built = buildIncoming(facts, {named, namer, orphans, nocase, map: wishes.map});
  const ownOf = (table: IncomingTable) => built.tables.find(({name}) => name === table.name)?.named;
  return {
    ...(fitted ? rowsAlone(built) : {...built, records: [recordOf(facts, named)]}),
    ...{named, known, fitted, wanted: asked.map},
    label: `the SQLite file '${file}'`,
    sha256: `${sha256} ${JSON.stringify(wishes)}`,
    samples: await samplesOf(context, sifted.reading, named),
    accounts: sifted.accounts,
    writeRejects: ({shell}, folder) =>
      writeRejectFiles(shell, reading, {records: sifted.records, folder}),
    leftOut: leftOutOf(facts, picked),
    offerTexts: built.offers.map(offerText),
    sample: (inner, table, places) =>
      sqliteSample(inner, sifted.reading, {named: ownOf(table), table, places}),
    withLines: (_inner, {table, purpose}, use) => {
      const cells = cellsOf(table, {own: ownOf(table), purpose});
      const lines = tableLines(table.source, {cells, purpose});
      const read = sentences.sqliteRead(copy, {printing: 'copy', escapes: sqlite.escapes});
      const input = sentences.sqliteScript([...(sifted.reading.views ?? []), lines]);
      return use({stages: [read], input});
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

type Wished = {
  readonly opening: Opening;
  readonly plain: readonly NamedTable[];
  readonly wishes: Wishes;
  readonly fitted: Fitted | undefined;
};

/** Tables that are there already keep their own ways. */
const wishedTables = async (
  context: Context,
  reading: Reading,
  {opening: {namer, isComparing}, plain, wishes: {map}, fitted}: Wished,
): Promise<readonly NamedTable[]> => {
  if (fitted) return plain;
  const wished = await withWishes(context, reading, {named: plain, map, namer});
  return isComparing ? wished.map(comparable) : wished;
};

/** What comes, and the wishes for it: of several databases, those for this one. */
const pick = (facts: SqliteFacts, {alias, wishes}: Opening) => {
  const known = knownOf(facts);
  const asked =
    alias === undefined ? wishes : {...wishes, map: mapOfSource(wishes.map, {alias, known})};
  if (alias === undefined) assertFound(known, asked);
  assertKnown(asked.map, known);
  return {known, asked, picked: pickTables(facts, asked)};
};

/** Folds case: its name is free where the tables go. */
const freeCollation = (taken: readonly string[]): string => {
  const namer = createNamer({style: 'keep', of: 'relations'});
  for (const name of taken) namer.nameFor(name);
  return namer.nameFor('nocase');
};

/** A SQLite database with names and types, as the tables and statements that make it in PostgreSQL. */

import type {Finish, IncomingColumn, IncomingTable, NotCarried} from '../model/migrate/incoming.ts';
import type {MigrateMap} from '../model/migrate/migrate-map.ts';
import type {Namer} from '../model/migrate/names.ts';
import type {SqliteFacts} from '../model/migrate/sqlite-facts.ts';
import {textOf} from '../model/migrate/sqlite-lexer.ts';
import {indexesOf, type NamedColumn, type NamedTable} from '../model/migrate/sqlite-table.ts';
import {canonicalOf, comparesAsLoaded} from './migrate-canonical.ts';
import {finishesOf} from './migrate-finishes.ts';
import {knownColumns} from './migrate-indexes.ts';
import {type Offer, searchOffer} from './migrate-offers.ts';
import {foreignKeyFinishes, type Orphans, viewFinishes} from './migrate-spanning.ts';
import {conversionsOf, wishedIndexes, wishedStatements} from './migrate-wishes.ts';
import {identifier} from './sql.ts';
import {translate} from './sqlite-expression.ts';

export type Built = {
  readonly tables: readonly (IncomingTable & {readonly named: NamedTable})[];
  readonly collations: readonly {readonly name: string; readonly statement: string}[];
  readonly after: readonly Finish[];
  readonly notCarried: readonly NotCarried[];
  readonly offers: readonly Offer[];
};

export type BuildGiven = {
  readonly named: readonly NamedTable[];
  readonly namer: Namer;
  readonly orphans: Orphans;
  readonly map: MigrateMap;
  /** The name for a collation that folds case; undefined where the server knows none. */
  readonly nocase: string | undefined;
};

export const buildIncoming = (
  facts: SqliteFacts,
  {named, namer, orphans, nocase, map}: BuildGiven,
): Built => {
  const views = facts.objects.filter(({type}) => type === 'view');
  const viewNames = new Map(views.map(({name}) => [name, namer.nameFor(name)]));
  const parts = named.map((table) => {
    const finished = finishesOf(table, indexesOf(facts, table.fact.name), {namer});
    const columns = table.columns.map((column) => incomingColumn(table, {column, nocase}));
    const classColumns = table.columns.flatMap(({classColumn}): readonly IncomingColumn[] =>
      classColumn === undefined ? [] : [{name: classColumn, type: 'text', isNotNull: false}],
    );
    const incoming = {
      source: table.fact.name,
      name: table.name,
      columns: [...columns.map(({incoming}) => incoming), ...classColumns],
      rows: table.rows,
      bytes: table.rows * table.columns.length,
      comparesAsLoaded:
        table.columns.every(({choice}) => comparesAsLoaded(choice)) &&
        columns.every(({incoming}) => incoming.generated === undefined) &&
        table.partitioning === undefined,
      conversions: conversionsOf(table),
      finishes: [...finished.finishes, ...wishedIndexes(table, {map, namer})],
      named: table,
      ...(table.partitioning === undefined ? {} : {partitioning: table.partitioning}),
      ...(table.notCompared === undefined ? {} : {notCompared: table.notCompared}),
    };
    return {
      incoming,
      notCarried: [
        ...columns.flatMap((column) => column.notCarried),
        ...conflictClauses(table),
        ...finished.notCarried,
      ],
    };
  });
  const keys = foreignKeyFinishes(facts, {tables: named, orphans});
  const seen = viewFinishes(views, {
    tables: named,
    nameFor: (name) => viewNames.get(name) ?? name,
  });
  const offers = offersOf(facts, named);
  const isUsed = parts.some(({incoming}) => incoming.columns.some(({collation}) => collation));
  return {
    tables: parts.map(({incoming}) => incoming),
    collations:
      isUsed && nocase !== undefined ? [{name: nocase, statement: nocaseCollation(nocase)}] : [],
    after: [...keys.finishes, ...seen.finishes, ...wishedStatements(map)],
    notCarried: [
      ...parts.flatMap(({notCarried}) => notCarried),
      ...keys.notCarried,
      ...seen.notCarried,
      ...otherObjects(facts, offers),
    ],
    offers,
  };
};

/** ABORT is what every engine does; ROLLBACK and FAIL differ from it in the transaction alone. */
const conflictClauses = ({name, text}: NamedTable): readonly NotCarried[] =>
  [...new Set(text.conflicts)]
    .filter((word) => word === 'REPLACE' || word === 'IGNORE')
    .map((word) => ({
      ...{kind: 'conflict clause', what: `of '${name}'`, source: `ON CONFLICT ${word}`},
      why: 'PostgreSQL says it with each INSERT (ON CONFLICT … DO …): a row that is in the way is refused',
    }));

/** Capitals and small letters are the same, accents are not. https://www.postgresql.org/docs/current/collation.html#COLLATION-NONDETERMINISTIC */
const nocaseCollation = (name: string) =>
  `CREATE COLLATION ${identifier(name)} (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`;

type Given = {readonly column: NamedColumn; readonly nocase: string | undefined};

const incomingColumn = (
  table: NamedTable,
  {column, nocase}: Given,
): {readonly incoming: IncomingColumn; readonly notCarried: readonly NotCarried[]} => {
  const {name, choice, fact, generated, collation, profile} = column;
  const canonical = canonicalOf(choice);
  const what = `'${name}' of '${table.name}'`;
  const isText = choice.type === 'text' || choice.type.startsWith('character');
  const folds = isText && collation === 'NOCASE' && nocase !== undefined;
  const translated = generated && translate(generated, {columns: knownColumns(table)});
  const notCarried: NotCarried[] = [];
  if (translated && 'why' in translated)
    notCarried.push({
      ...{kind: 'generated column', what, source: generated ? textOf(generated) : ''},
      why: `${translated.why}: its values are carried as an ordinary column's`,
    });
  if (collation !== undefined && !folds)
    notCarried.push({
      ...{kind: 'collation', what, source: `COLLATE ${collation}`},
      why: 'the server has nothing like it: compared byte by byte',
    });
  // SQLite lets NULLs into NOT NULL columns that were added or written by force.
  const isFull = profile.values === table.rows;
  const isNotNull =
    fact.isNotNull || column === table.rowidAlias || (table.fact.isWithoutRowid && fact.key > 0);
  if (isNotNull && !isFull)
    notCarried.push({
      kind: 'not null',
      what,
      why: `${table.rows - profile.values} rows have NULL in it`,
    });
  const incoming: IncomingColumn = {
    ...{name, type: choice.type, isNotNull: isNotNull && isFull},
    ...(folds ? {collation: nocase} : {}),
    ...(translated && 'sql' in translated ? {generated: translated.sql} : {}),
    ...(canonical === undefined ? {} : {canonical}),
  };
  return {incoming, notCarried};
};

const virtualTables = ({objects, tables}: SqliteFacts) =>
  tables
    .filter(({type}) => type === 'virtual')
    .map(({name}) => ({name, sql: objects.find((object) => object.name === name)?.sql ?? ''}));

const offersOf = (facts: SqliteFacts, named: readonly NamedTable[]): readonly Offer[] =>
  virtualTables(facts).flatMap((table) => searchOffer(table, named) ?? []);

/** Triggers and virtual tables are programs of SQLite's own. */
const otherObjects = (facts: SqliteFacts, offers: readonly Offer[]): readonly NotCarried[] => [
  ...facts.objects
    .filter(({type}) => type === 'trigger')
    .map(({name, table, sql}) => ({
      ...{kind: 'trigger', what: `trigger '${name}' on '${table}'`, source: sql ?? ''},
      why: 'its program is SQLite’s: write it anew in PL/pgSQL where it is still needed',
    })),
  ...virtualTables(facts).map(({name, sql}) => ({
    kind: 'virtual table',
    what: `virtual table '${name}'`,
    source: sql,
    why: whyVirtual(
      sql,
      offers.find(({of}) => of === name),
    ),
  })),
];

const whyVirtual = (sql: string, offer: Offer | undefined): string => {
  if (offer)
    return `an index for full-text search: in PostgreSQL a generated column does it, ${offer.statements.join('; ')} (--write-map has it as a comment)`;
  if (/using\s+fts\d/i.test(sql))
    return 'full-text search that has its texts itself: CREATE TABLE docs AS SELECT * FROM it in the source, and migrate that; a tsvector column with a GIN index searches it';
  if (/using\s+rtree/i.test(sql))
    return 'an index of ranges: in PostgreSQL a GiST index on box, int4range or PostGIS geometry does it';
  return 'what it holds is made by a module of SQLite';
};

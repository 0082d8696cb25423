/** A copy of a SQLite database read: what it is made of, and what its values are. */
import type {Orphans} from '../../commands/migrate-spanning.ts';
import * as sentences from '../../commands/sqlite.ts';
import {checksumOf} from '../../io/checksum.ts';
import {askSqlite} from '../../io/sources/sqlite.ts';
import type {Known} from '../../model/migrate/map-known.ts';
import {declaredAs, linksOf, type Wishes} from '../../model/migrate/name-tables.ts';
import {parseFacts, type SqliteFacts, type TableFact} from '../../model/migrate/sqlite-facts.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';
import {together} from '../together.ts';
import {checkIntegrity} from './check-sqlite.ts';
import {profileTables, type Reading, type ToProfile} from './profile-tables.ts';
import {sift} from './sift.ts';

export const describe = async ({shell}: Context, reading: Reading): Promise<SqliteFacts> => {
  const lines = await askSqlite(shell, reading, sentences.describe);
  const facts = parseFacts(lines.join('\n'));
  if (!facts.objects.some(({name}) => name === 'sqlite_sequence')) return facts;
  const sequences = await askSqlite(shell, reading, sentences.describeSequences);
  return parseFacts([...lines, ...sequences].join('\n'));
};

type ReadAll = {
  readonly labels: ReadonlyMap<string, readonly string[]>;
  readonly facts: SqliteFacts;
  readonly picked: readonly TableFact[];
  readonly wishes: Wishes;
  readonly file: string;
};

export const readAll = async (
  context: Context,
  reading: Reading,
  {facts, picked, wishes, file, labels}: ReadAll,
) => {
  const toProfile = profilesOf(facts, picked, wishes);
  const [values, orphans, sha256] = await inPhase(context, 'reading every value', (update) =>
    together<[Awaited<ReturnType<typeof profileTables>>, Orphans, string]>(context, [
      (inner) => profileTables(inner, reading, {tables: toProfile, update}),
      (inner) => checkIntegrity(inner, reading, file),
      async ({signal}) => (await checksumOf(reading.path, {signal})).sha256,
    ]),
  );
  const sifting = {facts, picked, toProfile, values, map: wishes.map, labels};
  return {sifted: await sift(context, reading, sifting), orphans, sha256};
};

export const pickedOf = (facts: SqliteFacts, picked: readonly TableFact[]) =>
  knownOf(facts).filter(({table}) => picked.some(({name}) => name === table));

export const leftOutOf = ({tables}: SqliteFacts, picked: readonly TableFact[]): readonly string[] =>
  tables.filter((table) => table.type === 'table' && !picked.includes(table)).map(({name}) => name);

export const knownOf = ({tables, columns}: SqliteFacts): readonly Known[] =>
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
  return picked.map(({name: table, isWithoutRowid}) => {
    const own = facts.columns.filter((column) => column.table === table);
    return {
      name: table,
      rowid: isWithoutRowid ? undefined : rowidName(own.map(({name}) => name)),
      columns: own
        .filter(({hidden}) => hidden !== 1)
        .map(({name, type}) => ({
          ...{name, declared: declaredAs(map, {table, column: name}) ?? type, infers},
          refers: links.some(({child}) => child.table === table && child.column === name),
        })),
    };
  });
};

/** A column of such a name hides the rowid. */
const rowidName = (columns: readonly string[]): string | undefined => {
  const taken = new Set(columns.map((name) => name.toLowerCase()));
  return ['rowid', 'oid', '_rowid_'].find((name) => !taken.has(name));
};

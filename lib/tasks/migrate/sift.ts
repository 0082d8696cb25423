/** Rows and cells that a table of the target would not take: counted, taken out by views, each of them accounted for. */
import * as sieves from '../../commands/migrate-sieve.ts';
import {type Judgement, judge} from '../../commands/migrate-troubles.ts';
import {askSqlite} from '../../io/sources/sqlite.ts';
import {OpsError} from '../../model/errors.ts';
import {
  type ColumnWish,
  columnWish,
  type MigrateMap,
  policyOf,
} from '../../model/migrate/migrate-map.ts';
import type {TableValues} from '../../model/migrate/name-tables.ts';
import type {Account} from '../../model/migrate/policy.ts';
import type {SqliteFacts, TableFact} from '../../model/migrate/sqlite-facts.ts';
import type {Context} from '../context.ts';
import {profileTables, type Reading, type ToProfile} from './profile-tables.ts';

export type Sifted = {
  /** Reads the tables as they shall come. */
  readonly reading: Reading;
  readonly values: ReadonlyMap<string, TableValues>;
  readonly accounts: readonly Account[];
  /** Statements that print what was taken, by table. */
  readonly records: ReadonlyMap<string, readonly string[]>;
};

export type Sifting = {
  readonly facts: SqliteFacts;
  readonly picked: readonly TableFact[];
  readonly toProfile: readonly ToProfile[];
  readonly values: ReadonlyMap<string, TableValues>;
  readonly map: MigrateMap;
  /** Of enums, by the name of the type. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
};

/** Nothing is read again where no value is in the way. Errors: usage for a policy that can't be; notIntact. */
export const sift = async (
  context: Context,
  reading: Reading,
  sifting: Sifting,
): Promise<Sifted> => {
  const accounts: Account[] = [];
  const used: sieves.Sieve[] = [];
  for (const sieve of sievesOf(sifting)) {
    const account = await accountFor(context, reading, sieve);
    if (account.taken.length === 0 && sieve.written.length === 0) continue;
    accounts.push(account);
    used.push(sieve);
  }
  const views = used.map(sieves.sieveView);
  const own: Reading = {...reading, views};
  const again = sifting.toProfile.filter(({name}) => used.some(({table}) => table === name));
  const fresh = await profileTables(context, own, {tables: again, update: () => {}});
  const values = new Map([...sifting.values, ...fresh]);
  for (const {table, rows, rejected} of accounts) assertAccounted(values, {table, rows, rejected});
  // Of a table whose values are only written otherwise nothing is taken: there is no line to write.
  const isTaken = ({table}: sieves.Sieve) =>
    accounts.some((account) => account.table === table && account.taken.length > 0);
  const records = new Map(
    used.filter(isTaken).map((sieve) => [sieve.table, sieves.sieveRecords(sieve)] as const),
  );
  return {reading: own, values, accounts, records};
};

const sievesOf = ({
  facts,
  picked,
  toProfile,
  values,
  map,
  labels,
}: Sifting): readonly sieves.Sieve[] => {
  const faults: string[] = [];
  const found = picked.flatMap(({name: table, isWithoutRowid}): readonly sieves.Sieve[] => {
    const columns = toProfile.find(({name}) => name === table)?.columns ?? [];
    const judged = columns.flatMap(({name: column, declared}) => {
      const profile = values.get(table)?.columns.get(column);
      const wish = columnWish(map, table, column);
      if (!profile || wish?.drop) return [];
      const type = wish?.using === undefined ? wish?.type : undefined;
      const policy = policyOf(map, table, column);
      const known = {column, declared, profile, type, labels: labels.get(type ?? '') ?? []};
      // A type that is asked for does not widen: what is none of its values would be cut or rounded.
      if (type !== undefined && (policy['on-odd'] ?? 'widen') === 'widen')
        return [
          butEmpty(wish, {
            ...judge({...known, policy: {...policy, 'on-odd': 'reject'}}),
            written: [],
          }),
        ];
      const judgement = judge({...known, policy});
      // What the map says of all columns passes over those that it means nothing to.
      if (judgement.fault && wish?.['on-odd']) faults.push(`'${table}': ${judgement.fault}`);
      return [butEmpty(wish, judgement)];
    });
    const troubles = judged.flatMap((each) => each.troubles);
    faults.push(...byBytes(facts, table, troubles));
    const key = facts.columns
      .filter((column) => column.table === table && column.key > 0)
      .toSorted((a, b) => a.key - b.key);
    const sieve = {
      ...{table, columns: columns.map(({name}) => name), troubles},
      key: isWithoutRowid ? key.map(({name}) => name) : undefined,
      written: judged.flatMap((each) => each.written),
    };
    return troubles.length === 0 ? [] : [sieve];
  });
  if (faults.length > 0)
    throw new OpsError('usage', faults.join('; '), {hint: 'correct the file of --map'});
  return found;
};

/** Cells that get a UUID of their own need not be one. */
const butEmpty = (wish: ColumnWish | undefined, judgement: Judgement): Judgement =>
  wish?.generate === undefined
    ? judgement
    : {...judgement, troubles: judgement.troubles.map(sieves.unlessEmpty)};

/** A NUL is found by bytes, and half of the bytes of UTF-16 are such. */
const byBytes = (
  {encoding}: SqliteFacts,
  table: string,
  troubles: readonly sieves.Trouble[],
): readonly string[] =>
  encoding === 'UTF-8'
    ? []
    : troubles
        .filter(({deed}) => deed === 'strip' || deed === 'escape')
        .map(
          ({column, deed}) =>
            `'${table}': '${column}': on-nul: ${deed} is for UTF-8, and the database is in ${encoding}`,
        );

const accountFor = async (
  {shell}: Context,
  reading: Reading,
  sieve: sieves.Sieve,
): Promise<Account> => {
  const {table} = sieve;
  const lines = await askSqlite(shell, reading, [
    sieves.sieveCounts(sieve),
    ...sieves.sieveCleaningCounts(sieve),
  ]);
  const [rows = 0, rejected = 0, ...counts] = lines.map(Number);
  // First the counts of the others, then those of texts that are cleaned.
  const inOrder = sieves.inOrderOfCounts(sieve);
  const taken = inOrder.map(({column, deed, reason}, at) => ({
    ...{table, column, deed, reason, count: counts[at] ?? 0},
  }));
  return {table, rows, rejected, taken: taken.filter(({count}) => count > 0)};
};

/** Loaded and rejected are all that there is. */
const assertAccounted = (
  values: ReadonlyMap<string, TableValues>,
  {table, rows, rejected}: Omit<Account, 'taken'>,
): void => {
  const loaded = values.get(table)?.rows ?? 0;
  if (loaded + rejected === rows) return;
  throw new OpsError(
    'notIntact',
    `of ${rows} rows of '${table}' ${loaded} would be loaded and ${rejected} are rejected`,
    {hint: 'nothing was changed in the target; this should not be: report it with the map'},
  );
};

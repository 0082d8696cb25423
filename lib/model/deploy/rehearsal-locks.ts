/** Which locks a migration held on the copy, and for how long. */
import type {RehearsedLock} from './rehearsal.ts';
import type {Note, TableFacts} from './rehearsal-log.ts';

/** A lock that was seen while the migration ran: first and last time, in milliseconds. */
export type HeldLock = {
  readonly pid: number;
  readonly table: number;
  readonly mode: string;
  readonly from: number;
  readonly to: number;
};

/** From the strongest to the weakest of those that somebody else's reads or writes wait for. */
export const exclusiveModes = [
  ...['AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock'],
];

/**
 * Per table and mode the longest time that it was held. What was too short to be seen has the time that its
 * statement took until then. A table that the migration made itself makes nobody wait.
 */
export const locksOf = (
  notes: readonly Note[],
  held: readonly HeldLock[],
  before: readonly TableFacts[],
): readonly RehearsedLock[] => {
  const names = new Map(before.map(({oid, table}) => [oid, table]));
  const seen = [
    ...notes.flatMap(({locks, milliseconds}) =>
      (locks ?? []).map(({table, mode}) => ({table, mode, milliseconds})),
    ),
    ...held.map(({table, mode, from, to}) => ({table, mode, milliseconds: to - from})),
  ];
  const longest = new Map<string, RehearsedLock>();
  for (const {table: oid, mode, milliseconds} of seen) {
    const table = names.get(oid);
    if (table === undefined || !exclusiveModes.includes(mode)) continue;
    const key = `${mode} ${table}`;
    const known = longest.get(key)?.milliseconds ?? 0;
    longest.set(key, {table, mode, milliseconds: Math.round(Math.max(known, milliseconds))});
  }
  return [...longest.values()].sort(
    (a, b) =>
      b.milliseconds - a.milliseconds ||
      exclusiveModes.indexOf(a.mode) - exclusiveModes.indexOf(b.mode),
  );
};

type Lock = Pick<HeldLock, 'pid' | 'table' | 'mode'>;

/** What one look at the locks adds to those seen so far; a lock that was gone in between is another one. */
export const withSample = (
  seen: readonly HeldLock[],
  sample: readonly Lock[],
  {at, last}: {readonly at: number; readonly last: number},
): readonly HeldLock[] => {
  const now = new Set(sample.map(keyOf));
  const goesOn = (lock: HeldLock) => lock.to === last && now.has(keyOf(lock));
  const open = new Set(seen.filter(goesOn).map(keyOf));
  const fresh = sample.filter((lock) => !open.has(keyOf(lock)));
  return [
    ...seen.map((lock) => (goesOn(lock) ? {...lock, to: at} : lock)),
    ...fresh.map((lock) => ({...lock, from: at, to: at})),
  ];
};

const keyOf = ({pid, table, mode}: Lock): string => `${pid} ${table} ${mode}`;

/** The plan of a restore or undo as its operator reads it. */
import {inBytes, inCount, inTime} from './amounts.ts';
import type {Client, DatabaseTraits} from './database-facts.ts';
import type {Pick} from './picked.ts';
import type {RestorePlan, TablePlan} from './restore-plan.ts';

/** The plan as pairs of a word and what it says, in the order of an operator's questions. */
export const planLines = (plan: RestorePlan): readonly (readonly [string, string])[] => {
  const {set, server, database, target, rolesToMake} = plan;
  const where = `${server.address}:${server.port} (PostgreSQL ${server.version}${identityOf(plan)})`;
  return [
    [
      'restore',
      `${set.id} of '${set.database}', ${set.reason}, taken ${set.takenAt}, ${inBytes(set.bytes)}, ${set.format}, ${set.proof}`,
    ],
    ...(plan.pick
      ? [['only', `${pickOf(plan.pick)}: all definitions, the rows of these alone`] as const]
      : []),
    ['into', `'${database}' on ${where}, as '${server.role}'`],
    ['there now', target ? stateOf(target) : 'no database of that name'],
    ...(target ? [['clients', clientsIn(plan.clients)] as const] : []),
    ...(rolesToMake.length > 0
      ? [
          [
            'new roles',
            `${rolesToMake.join(', ')} (no password unless the set has its hash)`,
          ] as const,
        ]
      : []),
    ['space', spaceOf(plan)],
    ['time', timeOf(plan)],
    ...(target
      ? [
          ['kept', `what is there now, as '${plan.before}' and as a backup set`] as const,
          ['undo', plan.undo] as const,
        ]
      : []),
  ];
};

const pickOf = ({schemas, tables}: Pick) =>
  [
    ...schemas.map((schema) => `schema '${schema}'`),
    ...tables.map((table) => `table '${table}'`),
  ].join(', ');

const stateOf = ({name, owner, bytes}: DatabaseTraits) =>
  `'${name}' of '${owner}'${bytes === null ? '' : `, ${inBytes(bytes)}`}`;

const spaceOf = ({neededBytes, freeBytes}: RestorePlan) =>
  `${inBytes(neededBytes)} needed, ${freeBytes === undefined ? "the server's disk can't be seen from here" : `${inBytes(freeBytes)} free`}`;

const timeOf = ({expectedSeconds}: RestorePlan) =>
  expectedSeconds === undefined
    ? 'not known: no drill of this set or one like it'
    : `about ${inTime(expectedSeconds)} by the last drill`;

const identityOf = ({set, server}: RestorePlan) => {
  if (server.systemIdentifier === null) return '';
  const isSame = server.systemIdentifier === set.systemIdentifier;
  return `, system ${server.systemIdentifier}${isSame ? ', where the set was taken' : `; the set was taken on ${set.systemIdentifier ?? 'an unknown one'}`}`;
};

const clientsIn = (clients: readonly Client[]) => {
  if (clients.length === 0) return 'none connected';
  const counts = new Map<string, number>();
  for (const {role, application} of clients) {
    const who = application === '' ? role : `${role} (${application})`;
    counts.set(who, (counts.get(who) ?? 0) + 1);
  }
  return `${clients.length} connected, to be disconnected at the swap: ${[...counts].map(([who, count]) => `${count} × ${who}`).join(', ')}`;
};

export type TableLines = {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** How many tables have the same number of rows on both sides, none of them newer. */
  readonly same: number;
};

/** Tables whose rows differ, the greatest loss first: name, rows now, rows in the set, and what would be lost. */
export const tableLines = (tables: readonly TablePlan[], of: string): TableLines => {
  const differing = tables.filter(({now, set, newer}) => now !== set || newer !== undefined);
  const lost = ({now, set}: TablePlan) => (now ?? 0) - (set ?? 0);
  const amount = (rows: number | null | undefined) =>
    rows === undefined ? '-' : rows === null ? '?' : inCount(rows);
  return {
    head: ['table', 'rows now', of, ''],
    rows: differing
      .toSorted((a, b) => lost(b) - lost(a))
      .map((table) => [table.name, amount(table.now), amount(table.set), lossOf(table)]),
    same: tables.length - differing.length,
  };
};

const lossOf = ({now, set, newer}: TablePlan): string => {
  const parts = [
    set === undefined && now !== undefined && 'not in the set: all of it goes',
    now === undefined && 'comes back',
    typeof now === 'number' &&
      typeof set === 'number' &&
      now > set &&
      `${inCount(now - set)} fewer`,
    typeof now === 'number' &&
      typeof set === 'number' &&
      now < set &&
      `${inCount(set - now)} come back`,
    newer &&
      `${inCount(newer.rows)} newer than the set by ${newer.column}, the last of ${newer.newest}`,
  ];
  return parts.filter((part) => typeof part === 'string').join('; ');
};

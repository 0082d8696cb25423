/** The rows that a database holds now, beside those of the set that would take their place. */

import * as catalog from '../commands/catalog.ts';
import {largeObjectDigest, largeObjects} from '../commands/digest.ts';
import {rowsSince, type Since, timeColumns} from '../commands/present.ts';
import {QueryError, type Session} from '../io/session.ts';
import {type Comparable, comparables, displayName, type Relation} from '../model/catalog.ts';
import type {TablePlan} from '../model/restore-plan.ts';
import {attempt} from './attempt.ts';
import {withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import type {Place} from './find-rows.ts';
import {inPhase} from './in-phase.ts';

type Counted = {
  readonly rows: number;
  readonly newer: number | null;
  readonly newest: string | null;
};
type TimeColumn = {readonly oid: number; readonly column: string};

export type Beside = {
  /** Rows by the name of the table for people; null where they were not counted. */
  readonly rows: ReadonlyMap<string, number | null>;
  /** The moment that they are of. */
  readonly takenAt: string;
};

/**
 * Every table that is there or beside, with its rows in both, and how many are newer than what is beside
 * by a column that holds a time. Counted, not estimated: rows are what is at stake.
 */
export const presentRows = async (
  context: Context,
  place: Place,
  {rows, takenAt}: Beside,
): Promise<readonly TablePlan[]> => {
  const present = await countPresent(context, place, takenAt);
  const known = new Set(present.map(({name}) => name));
  const back = [...rows].filter(([name]) => !known.has(name));
  return [
    ...present.map((table) => ({...table, set: rows.get(table.name)})),
    ...back.map(([name, set]) => ({name, now: undefined, set})),
  ];
};

type Present = Omit<TablePlan, 'set'>;

const countPresent = (context: Context, place: Place, since: string): Promise<readonly Present[]> =>
  withServerSession(context, place, async (session) => {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const present = comparables(await session.query<Relation>(catalog.relations));
    const times = await session.query<TimeColumn>(timeColumns);
    const columns = new Map(times.map(({oid, column}) => [oid, column]));
    const counted: Present[] = [];
    await inPhase(context, 'counting the rows that are there', async (update) => {
      for (const table of present) {
        counted.push(await countOne(session, table, {column: columns.get(table.oid), since}));
        update({done: counted.length, total: present.length, unit: 'tables'});
      }
    });
    return [...counted, ...(await countObjects(session))];
  });

/** Large objects count as one more table, as in a set. */
const countObjects = async (session: Session): Promise<readonly Present[]> => {
  const [counted] = await session.query<{rows: number}>(largeObjectDigest('rows'));
  return counted && counted.rows > 0 ? [{name: displayName(largeObjects), now: counted.rows}] : [];
};

const countOne = async (
  session: Session,
  table: Comparable,
  {column, since}: Since,
): Promise<Present> => {
  const name = displayName(table);
  const counted = await attempt<Counted>(session, rowsSince(table, {column, since}));
  const [first] = counted instanceof QueryError ? [] : counted;
  if (!first) return {name, now: null};
  const {rows, newer, newest} = first;
  return newer && column !== undefined
    ? {name, now: rows, newer: {rows: newer, newest: newest ?? '', column}}
    : {name, now: rows};
};

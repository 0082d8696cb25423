/** What a restore and an undo have in common: one database gives its name up, another takes it. */
import type {Note} from './beside.ts';
import type {Entry} from './restore-journal.ts';

export type Turn = {
  readonly run: string;
  readonly verb: 'restore' | 'undo';
  /** ISO, UTC. */
  readonly at: string;
  readonly database: string;
  /** The database that takes the name, and its oid where it is there already. */
  readonly next: {readonly name: string; readonly oid?: number};
  /** The name that the present one gets. */
  readonly before: string;
  /** The present one; undefined where nothing has the name. */
  readonly target: {readonly oid: number; readonly comment: string | null} | undefined;
  /** What is restored. */
  readonly set: string | null;
};

/** Its line in the journal, before anything is done. */
export const entryOf = (turn: Turn, step: Entry['step']): Entry => {
  const {run, at, verb, database, next, before, target, set} = turn;
  const names = {database, next: next.name, before, oldOid: target?.oid ?? null, set};
  return {run, at, verb, step, ...names, ...(next.oid === undefined ? {} : {newOid: next.oid})};
};

/** The name and the note of the one that is put aside; undefined where nothing is. */
export const asideOf = ({
  run,
  verb,
  at,
  database,
  before,
  target,
  set,
}: Turn): {readonly name: string; readonly note: Note} | undefined =>
  target && {
    name: before,
    note: {
      ...{pgkeep: 1, role: 'before', of: database, run, verb, at, set},
      comment: target.comment,
    },
  };

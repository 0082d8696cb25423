/**
 * What restores and undos did to a database, one JSON line each step, on the disk before the next step
 * begins. The names and oids in it let the next run ask the server how far a run that died had come.
 */
import * as v from 'valibot';
import {besideName} from './beside.ts';
import {entriesIn} from './journal-lines.ts';

const text = v.string();

const entrySchema = v.object({
  run: v.pipe(text, v.regex(/^\d{8}T\d{6}Z$/)),
  /** When this line was written. */
  at: v.pipe(text, v.isoTimestamp()),
  verb: v.picklist(['restore', 'undo']),
  /** `started` and no later line of the same run: it died, or is at work. */
  step: v.picklist([
    'started',
    'built',
    'swapping',
    'swapped',
    'failed',
    'cleared',
    'undone',
    'dropped',
    // Beside the others, which they do not change: services were stopped, and are started again.
    'stopped',
    'resumed',
  ]),
  database: text,
  /** The database that is to take the name, and the name that the present one gets. */
  next: text,
  before: text,
  /** The oid of the database that had the name; null where there was none. */
  oldOid: v.nullable(v.number()),
  /** Undefined until the database beside is made. */
  newOid: v.optional(v.number()),
  /** What is restored: a set's id, or a file. */
  set: v.nullable(text),
  /** With `stopped` and `resumed`: which containers. */
  services: v.optional(v.array(v.object({service: text, ids: v.array(text)}))),
});

export type Entry = v.InferOutput<typeof entrySchema>;

export const serialiseEntry = (entry: Entry): string => `${JSON.stringify(entry)}\n`;

/** The entries of a journal, oldest first. What a power cut left of a last line is passed over. */
export const parseJournal = (content: string): readonly Entry[] => entriesIn(content, entrySchema);

const final: readonly Entry['step'][] = ['swapped', 'failed', 'cleared', 'undone', 'dropped'];

/** The last word on every run that has not ended, newest first. */
export const openRuns = (entries: readonly Entry[]): readonly Entry[] =>
  lastWords(entries).filter(({step}) => !final.includes(step));

/**
 * Whether a database of that name is what a run was building of another. A journal is a file, and whoever
 * may write it may name any database in it: only a name that the run itself gives is taken.
 */
export const isBuiltBy = ({run, verb, next}: Entry, database: string, name: string): boolean =>
  verb === 'restore' && next === name && name === besideName(database, 'incoming', run);

/** Restores that can be taken back as far as this journal knows, newest first. */
export const undoable = (entries: readonly Entry[]): readonly Entry[] =>
  lastWords(entries).filter(
    ({step, verb, oldOid}) => step === 'swapped' && verb === 'restore' && oldOid !== null,
  );

/** Runs that stopped services and have not started them again, newest first. */
export const stillStopped = (entries: readonly Entry[]): readonly Entry[] =>
  byRun(entries.filter(isOfServices)).filter(({step}) => step === 'stopped');

const isOfServices = ({step}: Entry) => step === 'stopped' || step === 'resumed';

const lastWords = (entries: readonly Entry[]): readonly Entry[] =>
  byRun(entries.filter((entry) => !isOfServices(entry)));

const byRun = (entries: readonly Entry[]): readonly Entry[] =>
  [...new Map(entries.map((entry) => [entry.run, entry])).values()].toReversed();

/**
 * The databases that a restore leaves beside the one it is about: `<db>_incoming_<id>` while the new
 * one is built, `<db>_before_<id>` for the one that served until then. What such a database is stands
 * in its comment, written in the transaction that gave it its name: a name alone proves nothing.
 */
import {createHash} from 'node:crypto';
import * as v from 'valibot';
import {noteInComment} from './comment-note.ts';

export type Role = 'incoming' | 'before';

/** PostgreSQL cuts longer names off without a word. https://www.postgresql.org/docs/current/limits.html */
export const longestName = 63;

/** `app_before_20261120T031500Z`; a name that would be too long is shortened and gets a hash. */
export const besideName = (database: string, role: Role, id: string): string => {
  const end = `_${role}_${id}`;
  if (Buffer.byteLength(database + end) <= longestName) return database + end;
  const hash = createHash('sha256').update(database).digest('hex').slice(0, 8);
  const room = longestName - Buffer.byteLength(`-${hash}${end}`);
  return `${firstBytes(database, room)}-${hash}${end}`;
};

const firstBytes = (text: string, bytes: number): string => {
  let kept = '';
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > bytes) break;
    kept += character;
  }
  return kept;
};

const text = v.string();

const noteSchema = v.object({
  pgkeep: v.literal(1),
  role: v.picklist(['incoming', 'before']),
  /** The name under which it served, or will. */
  of: text,
  /** The id of the run that made it so. */
  run: v.pipe(text, v.regex(/^\d{8}T\d{6}Z$/)),
  /** What that run was; `undo` takes back a restore or a migrate, never an undo. */
  verb: v.picklist(['restore', 'undo']),
  at: v.pipe(text, v.isoTimestamp()),
  /** The set or file that took its place; null after an undo. */
  set: v.nullable(text),
  /** The comment that it had before; null where it had none. */
  comment: v.nullable(text),
});

export type Note = v.InferOutput<typeof noteSchema>;

/** The comment of a database that a restore left: a line for people, a line for the next run. */
export const commentOf = (note: Note): string => {
  const {role, of, at, verb, run} = note;
  const day = `${at.slice(0, 16).replace('T', ' ')} UTC`;
  const back = verb === 'restore' ? `'pgkeep undo' gives it back, ` : '';
  const told =
    role === 'incoming'
      ? `pgkeep is building this database to become '${of}' (run ${run}); it can be dropped when no pgkeep is at work`
      : `this database was '${of}' until ${day} (${verb} ${run}); ${back}'pgkeep prune --databases' drops it when it has expired`;
  return `${told}\n${JSON.stringify(note)}`;
};

/** What a comment says of its database; undefined where it is none of ours. */
export const noteIn = (comment: string | null): Note | undefined =>
  noteInComment(comment, noteSchema);

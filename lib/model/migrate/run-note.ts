/**
 * What a run leaves in the target beside the tables themselves: the schema where they are built, the
 * schema where replaced ones are kept, and the comments that say what those schemas are. A name
 * alone proves nothing.
 */
import * as v from 'valibot';
import {noteInComment} from '../comment-note.ts';

const text = v.string();

const noteSchema = v.object({
  pgkeep: v.literal(1),
  verb: v.picklist(['migrate', 'undo migrate']),
  /** `incoming`: being built. `before`: what was there before the run. */
  role: v.picklist(['incoming', 'before']),
  run: v.pipe(text, v.regex(/^\d{8}T\d{6}Z$/)),
  at: v.pipe(text, v.isoTimestamp()),
  /** SHA-256 of what is read and how: another run may go on with this one only where it is the same. */
  source: text,
  /** The schema that the tables are for. */
  target: text,
  /** What the run brought into the target, by name; `undo` takes them out again. */
  /** Rows alone were brought, into tables that were there. */
  filled: v.optional(
    v.array(
      v.object({
        ...{name: text, how: v.picklist(['fill', 'truncate', 'append'])},
        key: v.array(text),
      }),
    ),
  ),
  brought: v.array(v.object({kind: v.picklist(['table', 'view', 'collation']), name: text})),
});

export type RunNote = v.InferOutput<typeof noteSchema>;

/** In lower case: also the name that somebody types without quotes finds it. */
export const incomingSchema = (run: string): string => `pgkeep_incoming_${run.toLowerCase()}`;
export const beforeSchema = (run: string): string => `pgkeep_before_${run.toLowerCase()}`;

/** The comment of such a schema: a line for people, a line for the next run. */
export const runComment = (note: RunNote): string => {
  const {role, run, at, target} = note;
  const told =
    role === 'incoming'
      ? `pgkeep is building tables for the schema '${target}' here (run ${run}); it can be dropped when no pgkeep is at work`
      : `what the migrate ${run} replaced in the schema '${target}' on ${at.slice(0, 10)}; 'pgkeep undo' brings it back`;
  return `${told}\n${JSON.stringify(note)}`;
};

/** What a comment says of its schema; undefined where it is none of ours. */
export const runNoteIn = (comment: string | null): RunNote | undefined =>
  noteInComment(comment, noteSchema);

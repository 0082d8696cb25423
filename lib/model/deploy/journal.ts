/**
 * The journal of a project's deploys, `.pgkeep/deploys.jsonl` beside the compose file: one JSON line for
 * each thing that begins and each that has ended, on the disk before work goes on. A line `started` with no
 * line after it tells where a deploy that was killed had come to. No value of the environment is in it.
 */
import * as v from 'valibot';
import {entriesIn} from '../journal-lines.ts';
import {modes, type PhaseName, phases} from './phases.ts';

const text = v.string();
const phase = v.picklist(phases.map(({name}) => name) as [PhaseName, ...PhaseName[]]);
const common = {
  deploy: v.pipe(text, v.regex(/^\d{8}T\d{6}Z$/)),
  at: v.pipe(text, v.isoTimestamp()),
};

/** How a deploy has ended. `held`: an operator has to decide; nothing but that is open. */
export const outcomes = [
  'succeeded',
  'nothing-to-do',
  'unchanged',
  'put-back',
  'held',
  'abandoned',
] as const;
export type Outcome = (typeof outcomes)[number];

/** What is done to the containers of a service. `made` and `kept` name containers; the others what was done last. */
export const acts = [
  'making',
  'made',
  'keeping',
  'kept',
  'proxied',
  'returned',
  'removed',
] as const;

const entrySchema = v.variant('event', [
  v.object({
    ...common,
    event: v.literal('opened'),
    verb: v.picklist(['deploy', 'rollback']),
    mode: v.picklist(modes),
    /** Who: for `status`, and for whoever finds the lock taken. */
    host: text,
    user: text,
    pid: v.number(),
    /** Of a rollback: the deploy that it takes back, and whether the data go back too. */
    of: v.optional(text),
    withData: v.optional(v.boolean()),
  }),
  v.object({...common, event: v.literal('started'), phase}),
  v.object({
    ...common,
    event: v.literal('finished'),
    phase,
    /** What was found and done, for `status`, for later phases and for a rollback. */
    facts: v.record(text, v.unknown()),
  }),
  v.object({...common, event: v.literal('failed'), phase, message: text}),
  v.object({
    ...common,
    event: v.literal('acted'),
    phase,
    service: text,
    act: v.picklist(acts),
    containers: v.array(text),
  }),
  v.object({
    ...common,
    event: v.literal('closed'),
    outcome: v.picklist(outcomes),
    exit: v.number(),
    message: text,
  }),
]);

export type Entry = v.InferOutput<typeof entrySchema>;
export type Act = Extract<Entry, {event: 'acted'}>;

export const serialiseEntry = (entry: Entry): string => `${JSON.stringify(entry)}\n`;

/** The entries of a journal, oldest first. What a power cut left of a last line is passed over. */
export const parseJournal = (content: string): readonly Entry[] => entriesIn(content, entrySchema);

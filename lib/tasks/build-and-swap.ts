/** The part of a restore that changes the server: a journal line before each step, and an end for each way it can break off. */
import * as databases from '../commands/databases.ts';
import {record} from '../io/journal.ts';
import type {Note} from '../model/beside.ts';
import {compareTables, strangers} from '../model/compare.ts';
import {toDatabase} from '../model/connection.ts';
import {compareTraits, type DatabaseTraits} from '../model/database-facts.ts';
import {OpsError} from '../model/errors.ts';
import type {Entry} from '../model/restore-journal.ts';
import type {RestorePlan} from '../model/restore-plan.ts';
import {define} from './build.ts';
import {definitionIn} from './build-beside.ts';
import {withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {findRows} from './find-rows.ts';
import {settle} from './settle.ts';
import {createBeside, type Site, type Source} from './source.ts';
import {swap} from './swap.ts';

export type Hands = {
  /** Asked when rows were written meanwhile; false ends the restore with nothing changed. */
  readonly goOn: (written: readonly string[]) => Promise<boolean>;
};

/** How long the parts took; undefined for one that was not come to. */
export type BuildSeconds = {
  readonly build: number | undefined;
  readonly compare: number | undefined;
};

export type Swapped = BuildSeconds & {
  /** What was written since the snapshot, a sentence each: it is in the old database only. */
  readonly written: readonly string[];
  /** How long nobody could connect. */
  readonly swapMilliseconds: number | undefined;
};

export type Building = Site & {
  readonly hands: Hands;
  readonly shelf: string;
  readonly source: Source;
};

/** Build, prove, swap. Errors: as `restore`; what was built is dropped again. */
export const buildAndSwap = async (context: Context, building: Building): Promise<Swapped> => {
  const {plan, look, shelf, source} = building;
  let entry = entryOf(context, building);
  let seconds: BuildSeconds = {build: undefined, compare: undefined};
  let written: readonly string[] = [];
  const note = async (change: Partial<Entry>) => {
    entry = {...entry, ...change};
    await record(shelf, entry);
  };
  await note({});
  try {
    const startedAt = performance.now();
    const newOid = await createBeside(context, source, building);
    await source.fill(context, building);
    const builtAt = performance.now();
    await source.prove(context, building);
    seconds = {build: builtAt - startedAt, compare: performance.now() - builtAt};
    await note({newOid, step: 'built'});
    const comment = await carryOver(context, building);
    written = await writtenSince(context, building);
    if (written.length > 0 && !(await building.hands.goOn(written))) throw declined();
    context.signal.throwIfAborted();
    await note({step: 'swapping'});
    const {database, incoming} = plan;
    const names = {database, next: incoming, comment, old: oldOf(context, plan)};
    const swapMilliseconds = await swap(context, look.maintenance, names);
    await note({step: 'swapped'});
    return {...inSeconds(seconds), written, swapMilliseconds};
  } catch (error) {
    const isSwapped = await settle(context, look.maintenance, {entry, shelf});
    if (!isSwapped) throw error;
    return {...inSeconds(seconds), written, swapMilliseconds: undefined};
  }
};

const inSeconds = ({build, compare}: BuildSeconds): BuildSeconds => {
  const rounded = (milliseconds: number | undefined) =>
    milliseconds === undefined ? undefined : Math.round(milliseconds) / 1_000;
  return {build: rounded(build), compare: rounded(compare)};
};

const entryOf = ({now}: Context, {plan}: Building): Entry => ({
  run: plan.run,
  at: now.toISOString(),
  verb: 'restore',
  step: 'started',
  database: plan.database,
  next: plan.incoming,
  before: plan.before,
  oldOid: plan.target?.oid ?? null,
  set: plan.set.id,
});

const oldOf = ({now}: Context, plan: RestorePlan): {name: string; note: Note} | undefined =>
  plan.target && {
    name: plan.before,
    note: {
      pgkeep: 1,
      role: 'before',
      of: plan.database,
      run: plan.run,
      verb: 'restore',
      at: now.toISOString(),
      set: plan.set.id,
      comment: plan.target.comment,
    },
  };

/**
 * What hangs on the name: owner, settings, grants, limits and comment of the database that serves, else of
 * the one that is restored. Gives the comment. Errors: toolFailed where the new one would not have all of it.
 */
const carryOver = async (
  context: Context,
  {source, plan, look, snapshot}: Building,
): Promise<string | null> => {
  const definition = snapshot
    ? await definitionIn(context, snapshot, plan.incoming)
    : await source.definition(context, plan.incoming);
  if (definition) await define(context, look.maintenance, definition.rest.join(';\n'));
  const [traits] = await withServerSession(context, look.maintenance, (session) =>
    session.query<DatabaseTraits>(databases.databaseTraits(plan.incoming)),
  );
  if (!traits) throw new OpsError('toolFailed', `'${plan.incoming}' is gone`);
  const comment = snapshot ? (plan.target?.comment ?? null) : traits.comment;
  const differences = plan.target ? compareTraits(plan.target, {...traits, comment}) : [];
  if (differences.length === 0) return comment;
  throw new OpsError(
    'toolFailed',
    `what hangs on '${plan.database}' could not be carried over: ${differences.join('; ')}`,
    {
      hint: 'restore as the owner of the database or as a superuser',
    },
  );
};

/** Tables whose rows are no longer those of the snapshot. */
const writtenSince = async (context: Context, {plan, look, snapshot}: Building) => {
  if (!snapshot) return [];
  const {manifest} = snapshot;
  const place = {
    connection: toDatabase(look.maintenance.connection, plan.database),
    client: look.maintenance.client,
  };
  const {tables, present} = await findRows(context, manifest, {...place, sessions: plan.jobs});
  return [...compareTables(manifest.tables, tables), ...strangers(manifest, present)];
};

const declined = () =>
  new OpsError('usage', 'not swapped, as you said: nothing was changed', {
    hint: 'stop what writes to the database, then run again',
  });

/** The part of a restore that changes the server: a journal line before each step, and an end for each way it can break off. */
import {record} from '../io/journal.ts';
import {OpsError} from '../model/errors.ts';
import type {Entry} from '../model/restore-journal.ts';
import type {Stoppable} from '../model/stop-services.ts';
import {asideOf, entryOf, type Turn} from '../model/turn.ts';
import {carryOver, writtenSince} from './carry-over.ts';
import type {Context} from './context.ts';
import {settle} from './settle.ts';
import {createBeside, type Site, type Source} from './source.ts';
import {withStops} from './stop-services.ts';
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
  /** Services to be stopped around the swap; undefined where none shall be. */
  readonly findStops: (() => Promise<readonly Stoppable[]>) | undefined;
};

/** Build, prove, swap. Errors: as `restore`; what was built is dropped again. */
export const buildAndSwap = (context: Context, building: Building): Promise<Swapped> => {
  const turn = turnOf(context, building);
  const stopping = {
    find: building.findStops,
    entry: entryOf(turn, 'started'),
    shelf: building.shelf,
  };
  return withStops(context, stopping, (stop) => inTurn(context, building, {turn, stop}));
};

const inTurn = async (
  context: Context,
  building: Building,
  {turn, stop}: {readonly turn: Turn; readonly stop: () => Promise<void>},
): Promise<Swapped> => {
  const {plan, look, shelf, source} = building;
  let entry = entryOf(turn, 'started');
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
    await stop();
    written = await writtenSince(context, building);
    if (written.length > 0 && !(await building.hands.goOn(written))) throw declined();
    context.signal.throwIfAborted();
    await note({step: 'swapping'});
    const {database, incoming} = plan;
    const names = {database, next: incoming, comment, old: asideOf(turn)};
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

export const turnOf = ({now}: Context, {plan}: Pick<Building, 'plan'>): Turn => ({
  ...{run: plan.run, verb: 'restore', at: now.toISOString(), database: plan.database},
  ...{next: {name: plan.incoming}, before: plan.before, target: plan.target, set: plan.set.id},
});

const declined = () =>
  new OpsError('usage', 'not swapped, as you said: nothing was changed', {
    hint: 'stop what writes to the database, then run again',
  });

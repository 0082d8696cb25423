/** Loads a dump in custom format by several workers, each reading it through a pipe of its own. */
import {join} from 'node:path';
import {pgRestoreInto} from '../commands/pg-restore.ts';
import {firstBytes} from '../commands/text.ts';
import {intoPassingFile, removeFile, withTextFile} from '../io/descriptor.ts';
import {readToc} from '../io/dump-file.ts';
import type {StoredSet} from '../io/store.ts';
import type {TocEntry} from '../model/archive-toc.ts';
import {type Connection, withOptions} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import {type LoadOrder, loadOrder} from '../model/load-order.ts';
import type {Context} from './context.ts';
import {readArchive, readDump, type StoredDump} from './read-dump.ts';
import {createSlots} from './slots.ts';
import {together} from './together.ts';

export type Lanes = {
  readonly connection: Connection;
  /** Of this host: what makes indexes reads a file. */
  readonly binaries: string;
  readonly jobs: number;
  /** Whether the set makes the schema `public` itself, which a new database has already. */
  readonly hasPublic: boolean;
  /** A private folder for the head of the archive. */
  readonly folder: string;
};

/** The rows and objects of a set into a new, empty database, stopping at the first error. Errors: toolFailed; notIntact. */
export const loadInLanes = async (
  context: Context,
  {folder, manifest}: Pick<StoredSet, 'folder' | 'manifest'>,
  lanes: Lanes,
): Promise<void> => {
  const dump = {...manifest, folder};
  const {path, entries} = await headOf(context, dump, lanes.folder);
  const sizes = new Map(
    manifest.tables.map(({schema, name, bytes}) => [`${schema} ${name}`, bytes]),
  );
  const order = loadOrder(lanes.hasPublic ? entries.filter((entry) => !isPublic(entry)) : entries, {
    bytesOf: ({schema, tag}) => sizes.get(`${schema} ${tag}`) ?? 0,
    jobs: lanes.jobs,
  });
  await carryOut(context, order, {...lanes, dump, head: path}).catch((error: unknown) => {
    context.signal.throwIfAborted();
    throw advised(error);
  });
  await removeFile(path);
};

/** A function that reads tables without saying which may want them in the order of the archive. */
const advised = (error: unknown) =>
  error instanceof OpsError && error.kind === 'toolFailed' && error.hint === undefined
    ? new OpsError('toolFailed', error.message, {
        hint: 'nothing was changed; see the cause, and try --jobs 1: one worker loads in the order of the archive',
        cause: error.cause,
      })
    : error;

const isPublic = ({kind, tag}: TocEntry) => kind === 'SCHEMA' && tag === 'public';

type Loading = Lanes & {readonly dump: StoredDump; readonly head: string};

const carryOut = async (context: Context, order: LoadOrder, loading: Loading) => {
  const {first, lanes, links, late, last} = order;
  await define(context, first, {...loading, jobs: 1});
  const slots = createSlots(loading.jobs);
  const jobs = Math.ceil(loading.jobs / lanes.length);
  const make = (inner: Context, ids: readonly number[], how: Loading) =>
    slots.use(jobs, () => define(inner, ids, {...how, jobs}));
  const keyed: Promise<void>[] = [];
  const done: Promise<void>[] = [];
  // One after the other: two that lock the same tables from both ends would wait for each other.
  let turn = Promise.resolve();
  await together(context, [
    // Keys before indexes: a key waits for whatever is being done to its table.
    ...lanes.flatMap(({rows, keys, indexes, inverted}, lane) => [
      (inner: Context) => {
        keyed[lane] = slots
          .use(1, () => fill(inner, rows, loading))
          .then(() => make(inner, keys, loading));
        done[lane] = keyed[lane].then(() => make(inner, indexes, loading));
        return done[lane];
      },
      async (inner: Context) => {
        await keyed[lane];
        await make(inner, inverted, sparing(loading));
      },
    ]),
    ...links.map(({ids, after}) => async (inner: Context) => {
      await Promise.all(after.map((lane) => done[lane]));
      turn = turn.then(() => slots.use(1, () => define(inner, ids, {...loading, jobs: 1})));
      await turn;
    }),
  ]);
  await fill(context, late, loading);
  await define(context, last, loading);
};

/**
 * A GIN index is built in memory, and part by part written down when that is full: a small memory stays in the
 * processor's cache. Measured with 220,000 and 1.1 million documents: 16 MB takes 0.75 to 0.9 of the time of
 * the usual 64, which takes 0.8 of 256. A btree of 680 MB takes 1.5 to 1.9 times as long with 16 as with 64.
 */
const sparing = (loading: Loading): Loading => ({
  ...loading,
  connection: withOptions(loading.connection, {maintenance_work_mem: '16MB'}),
});

/** What needs no row of the archive: its head is enough, and several workers may read it. */
const define = async (
  {shell}: Context,
  ids: readonly number[],
  {connection, binaries, jobs, head}: Loading,
) => {
  if (ids.length === 0) return;
  await withTextFile(listOf(ids), (list) =>
    shell.run(pgRestoreInto(connection, binaries, {archive: {file: head}, jobs, list})),
  );
};

/** Rows, from a pipe, as they lie in the archive. */
const fill = async (
  {shell}: Context,
  ids: readonly number[],
  {connection, binaries, dump}: Loading,
) => {
  if (ids.length === 0) return;
  await withTextFile(listOf(ids), (list) =>
    readArchive(shell, dump, {
      say: (archive) => pgRestoreInto(connection, binaries, {archive, list}),
      mayStopEarly: true,
    }),
  );
};

/** https://www.postgresql.org/docs/current/app-pgrestore.html (--use-list) */
const listOf = (ids: readonly number[]) => ids.map((id) => `${id};\n`).join('');

/** How long a head may be that is read at once: 20,000 tables of an ordinary kind. */
const usualBytes = 16_000_000;

/** The beginning of the archive as a file, as much of it as its table of contents takes. */
const headOf = async ({shell}: Context, dump: StoredDump, folder: string) => {
  const path = join(folder, 'head.dump');
  for (let bytes = usualBytes; ; bytes *= 4) {
    await intoPassingFile(path, (output) =>
      readDump(shell, dump, {reader: firstBytes(bytes), output}),
    );
    const entries = await readToc(path, bytes);
    if (entries) return {path, entries};
    await removeFile(path);
  }
};

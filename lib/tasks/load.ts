/** Loads the dump of a set into a new, empty database: all of it, or all definitions and the rows of some tables. */
import {fileInside} from '../commands/container.ts';
import {type Archive, pgRestoreInto, pgRestoreList} from '../commands/pg-restore.ts';
import {psqlScript} from '../commands/postgres.ts';
import {withoutPublicSchema} from '../commands/text.ts';
import {withTextFile} from '../io/descriptor.ts';
import type {Shell} from '../io/shell.ts';
import type {StoredSet} from '../io/store.ts';
import type {Client} from '../io/tools.ts';
import type {Connection} from '../model/connection.ts';
import type {TableRecord} from '../model/manifest.ts';
import {listFor} from '../model/picked.ts';
import {needsOneWorker} from '../model/toc.ts';
import type {BuildPlace} from './build.ts';
import type {Context} from './context.ts';
import {loadInLanes} from './load-in-lanes.ts';
import {readArchive, readPlain, type StoredDump} from './read-dump.ts';

export type LoadPlace = BuildPlace & {
  /** Whether the set makes the schema `public` itself, which a new database has already. */
  readonly hasPublic: boolean;
  /** A private folder: a dump in custom format is loaded by several workers where there is one. */
  readonly scratch?: string | undefined;
  /** A part of the set: all definitions, the rows of these tables alone. Not for a plain dump. */
  readonly picked?: readonly TableRecord[] | undefined;
};

/** The rows and objects of a set into a new, empty database, stopping at the first error. Errors: toolFailed. */
export const load = async (
  context: Context,
  {folder, manifest}: Pick<StoredSet, 'folder' | 'manifest'>,
  {connection, client, jobs, hasPublic, scratch, picked}: LoadPlace,
): Promise<unknown> => {
  const {shell, tools} = context;
  const dump = {...manifest, folder};
  const isFolder = dump.format === 'directory';
  const {binaries} = isFolder ? await tools.seeing(client, folder, {isReadOnly: true}) : client;
  if (dump.format === 'plain') {
    const psql = psqlScript(connection, binaries);
    return readPlain(shell, dump, hasPublic ? [withoutPublicSchema, psql] : [psql]);
  }
  const lanes = !isFolder && !picked && jobs > 1 ? scratch : undefined;
  if (lanes !== undefined && typeof binaries === 'string')
    return loadInLanes(
      context,
      {folder, manifest},
      {connection, binaries, jobs, hasPublic, folder: lanes},
    );
  const workers = isFolder ? jobs : 1;
  if (!hasPublic && !picked && workers === 1)
    return restoreWith({connection, binaries, workers})(shell, dump);
  const say = (archive: Archive) => pgRestoreList(binaries, archive);
  const {stdout} = await readArchive(shell, dump, {say, mayStopEarly: true});
  const restore = restoreWith({
    connection,
    binaries,
    workers: needsOneWorker(stdout) ? 1 : workers,
  });
  if (!hasPublic && !picked) return restore(shell, dump);
  const wanted = picked ? listFor(stdout, picked) : stdout;
  const list = hasPublic ? withoutPublic(wanted) : wanted;
  if (typeof binaries === 'string') return withTextFile(list, (file) => restore(shell, dump, file));
  await shell.run(fileInside(binaries, listInside), {input: list});
  return restore(shell, dump, listInside);
};

/** Where a list of entries lies in a container. */
const listInside = '/tmp/pgkeep-list';

const withoutPublic = (listing: string) =>
  listing
    .split('\n')
    .filter((line) => !/^\d+; \d+ \d+ SCHEMA - public /.test(line))
    .join('\n');

type Restoring = {connection: Connection; binaries: Client['binaries']; workers: number};

const restoreWith =
  ({connection, binaries, workers}: Restoring) =>
  (shell: Shell, dump: StoredDump, list?: string) =>
    readArchive(shell, dump, {
      say: (archive) => pgRestoreInto(connection, binaries, {archive, jobs: workers, list}),
    });

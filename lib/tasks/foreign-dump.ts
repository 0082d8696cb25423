/** A dump without a manifest: what it is, read from its bytes, and what is in it, read to its end. */
import {pgRestoreList, pgRestoreScript} from '../commands/pg-restore.ts';
import {withInput} from '../io/descriptor.ts';
import {folderFault, lookAtPath, readHead, tarFault} from '../io/dump-file.ts';
import {freeBytesNear} from '../io/folder-size.ts';
import type {Client} from '../io/tools.ts';
import {newestReadable} from '../model/archive-toc.ts';
import {type DumpKind, sniff} from '../model/dump-kind.ts';
import {OpsError} from '../model/errors.ts';
import {createScanner, DumpRefused, type Scan} from '../model/plain-scan.ts';
import type {Context} from './context.ts';
import {inPhase} from './in-phase.ts';
import {decompressing, headInside, tarFaultInside} from './inside-dump.ts';
import {watchSilence} from './watch.ts';

export type ForeignDump = {
  readonly path: string;
  readonly kind: 'plain' | 'archive' | 'tar' | 'directory';
  readonly compression: 'none' | 'gzip' | 'zstd';
  /** The newest archive version that is needed to read it; undefined for SQL and tar. */
  readonly minor: number | undefined;
  readonly bytes: number;
  readonly changedAt: Date;
  readonly stamp: string;
};

/** What a file or folder is. Errors: usage for what is no file; notIntact for what is no dump. */
export const recognise = async (context: Context, name: string): Promise<ForeignDump> => {
  const {isFolder, ...dump} = await lookAtPath(name);
  const {path} = dump;
  if (isFolder) {
    refuse(path, await folderFault(path));
    const minor = minorIn(await readHead(`${path}/toc.dat`));
    return {...dump, kind: 'directory', compression: 'none', minor};
  }
  const outer = sniff(await readHead(path));
  if (outer.kind !== 'gzip' && outer.kind !== 'zstd') {
    const compression = 'none';
    if (outer.kind === 'tar') refuse(path, await tarFault(path));
    return {...dump, compression, ...insideOf(path, outer)};
  }
  const inner = sniff(await headInside(context, path, outer.kind).catch(unread(path)));
  if (inner.kind === 'tar')
    refuse(path, await tarFaultInside(context, path, outer.kind).catch(unread(path)));
  return {...dump, compression: outer.kind, ...insideOf(path, inner)};
};

const minorIn = (head: Buffer) => {
  const kind = sniff(head);
  return kind.kind === 'archive' ? kind.header.minor : undefined;
};

const insideOf = (path: string, found: DumpKind): Pick<ForeignDump, 'kind' | 'minor'> => {
  if (found.kind === 'unknown') refuse(path, found.why);
  if (found.kind === 'gzip' || found.kind === 'zstd') refuse(path, 'it is compressed twice');
  if (found.kind === 'archive' && found.header.format === 'directory')
    refuse(path, 'it is the table of contents of a folder: name the folder');
  const minor = found.kind === 'archive' ? found.header.minor : undefined;
  return {kind: found.kind as 'plain' | 'archive' | 'tar', minor};
};

const refuse = (path: string, why: string | undefined): void => {
  if (why === undefined) return;
  throw new OpsError('notIntact', `'${path}' is no dump that can be restored: ${why}`, {
    hint: 'nothing was touched; name a whole dump that pg_dump or pg_dumpall made',
  });
};

/** What a program says of a file that it can't read to its end, with the file's name. */
const unread = (path: string) => (error: unknown) => {
  if (!(error instanceof OpsError) || error.kind !== 'notIntact' || error.message.includes(path))
    throw error;
  throw new OpsError('notIntact', `'${path}' can't be read to its end: ${error.message}`, {
    hint: 'nothing was touched; it is cut off or damaged: take another dump',
    cause: error,
  });
};

/** A newer pg_dump's archive says nothing to an older pg_restore. Errors: unavailable. */
export const assertReadable = ({path, minor}: ForeignDump, {version}: Client): void => {
  if (minor === undefined || minor <= newestReadable(version.major)) return;
  throw new OpsError(
    'unavailable',
    `'${path}' is an archive of version 1.${minor}, which the pg_restore ${version.text} here can't read`,
    {hint: 'install the client of the major that made it or a newer one, or set PG_BINDIR to it'},
  );
};

/**
 * Read a dump to its end, as SQL: what is in it, and that it is whole. Nothing of it is run.
 * Errors: notIntact, naming the line, for what is cut, damaged or would tell psql to do something.
 */
export const scanDump = (context: Context, dump: ForeignDump, client: Client): Promise<Scan> =>
  inPhase(context, `reading '${dump.path}'`, (update) =>
    watchSilence(context, `reading '${dump.path}'`, async ({shell, settings}, moved) => {
      const room = await freeBytesNear(settings.backups);
      const scanner = createScanner();
      let done = 0;
      const output = (chunk: Buffer) => {
        moved();
        done += chunk.length;
        if (done > room)
          throw new DumpRefused(0, `it expands to more than the ${room} bytes free here`);
        scanner.push(chunk);
        update({done, unit: 'bytes'});
      };
      try {
        await readAll(dump, {shell, client, output}).catch(unread(dump.path));
        return scanner.end();
      } catch (error) {
        if (!(error instanceof DumpRefused)) throw error;
        throw new OpsError('notIntact', `'${dump.path}' is not taken: ${error.message}`, {
          hint: 'nothing of it was run; use a whole dump whose origin you know',
          cause: error,
        });
      }
    }),
  );

type Reading = Pick<Context, 'shell'> & {client: Client; output: (chunk: Buffer) => void};

const readAll = async (dump: ForeignDump, {shell, client, output}: Reading) => {
  const options = {output, kind: 'notIntact'} as const;
  const as = (archive: Parameters<typeof pgRestoreScript>[1]) =>
    pgRestoreScript(client.binaries, archive, {to: 'output'});
  const {path} = dump;
  if (dump.kind === 'directory') return shell.pipe([as({folder: path})], options);
  if (isTarFile(dump)) return shell.pipe([as({file: path})], options);
  const last = dump.kind === 'plain' ? [] : [as('input')];
  // Behind the last member of a tar file nothing is read any more.
  const mayStopEarly = dump.kind === 'tar';
  const stages = [decompressing(shell, dump.compression), ...last];
  return withInput(path, (input) => shell.pipe(stages, {...options, input, mayStopEarly}));
};

/** As it is: read in any order. One that comes out of a decompressor is read as it comes. */
const isTarFile = ({kind, compression}: ForeignDump) => kind === 'tar' && compression === 'none';

/** The table of contents of an archive. Errors: notIntact. */
export const listDump = async (
  {shell}: Context,
  dump: ForeignDump,
  client: Client,
): Promise<string> => {
  const list = (archive: Parameters<typeof pgRestoreList>[1]) =>
    pgRestoreList(client.binaries, archive);
  const {path} = dump;
  if (dump.kind === 'directory' || isTarFile(dump)) {
    const archive = dump.kind === 'directory' ? {folder: path} : {file: path};
    return (await shell.run(list(archive), {kind: 'notIntact'})).stdout;
  }
  const stages = [decompressing(shell, dump.compression), list('input')];
  const {stdout} = await withInput(path, (input) =>
    shell.pipe(stages, {input, output: 'text', mayStopEarly: true, kind: 'notIntact'}),
  );
  return stdout;
};

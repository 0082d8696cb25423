/** Verifies sets at one of three levels and records what was found beside them. */
import {join} from 'node:path';
import {checksumOf} from '../io/checksum.ts';
import {filesBelow} from '../io/folder-size.ts';
import {recordProof, type StoredSet} from '../io/store.ts';
import {asOpsError, OpsError} from '../model/errors.ts';
import {type FileRecord, ownNames} from '../model/manifest.ts';
import type {Level, Proof} from '../model/proof.ts';
import {parseVersion, type Version} from '../model/version.ts';
import {checkArchive} from './check-archive.ts';
import {clientForSet} from './choose-tools.ts';
import type {Context} from './context.ts';
import {drill} from './drill.ts';
import {inPhase} from './in-phase.ts';

/**
 * Verify one set and append the proof to it. Each level begins with the one below: what is not
 * byte for byte what was written is not read further.
 * A proof that can't be written is a warning. Errors: unavailable for what this host lacks; a damaged
 * set is a verdict, not an error.
 */
export const verify = async (context: Context, set: StoredSet, level: Level): Promise<Proof> => {
  const startedAt = performance.now();
  const problems = await checkFiles(context, set);
  const proof =
    problems.length === 0 && level === 'restore'
      ? await drill(context, set)
      : await shallow(context, set, {level, problems, startedAt});
  await recordProof(set, proof).catch((error: unknown) => {
    // What was found is the news, on a disk that is read-only or full too.
    const {message, cause} = asOpsError(error);
    const why = cause instanceof Error ? cause.message : '';
    context.reporter.warn(`the verdict on ${set.manifest.id} is not recorded: ${message}: ${why}`);
  });
  return proof;
};

/** A set, or one that is still being built and has no proofs. */
type FilesOfSet = Pick<StoredSet, 'folder' | 'manifest'> &
  Partial<Pick<StoredSet, 'hasForeignProofs'>>;

const foreignProofs =
  'manifest.json is another than proof.jsonl has proofs of: one of the two was changed or is of another set';

/** What differs between the files and the manifest, a sentence each. */
export const checkFiles = (
  {signal, reporter}: Pick<Context, 'signal' | 'reporter'>,
  {folder, manifest, hasForeignProofs = false}: FilesOfSet,
): Promise<readonly string[]> =>
  inPhase({reporter}, `reading ${manifest.id}`, async (update) => {
    const total = manifest.files.reduce((sum, {bytes}) => sum + bytes, 0);
    const problems: string[] = [];
    let done = 0;
    const onBytes = (bytes: number) => {
      done += bytes;
      update({done, total, unit: 'bytes'});
    };
    for (const file of manifest.files) {
      const problem = await checkFile(file, {folder, signal, onBytes});
      if (problem !== undefined) problems.push(problem);
    }
    return [
      ...problems,
      ...(hasForeignProofs ? [foreignProofs] : []),
      ...(await filesUnknown({folder, manifest})),
    ];
  });

type Reading = {folder: string; signal: AbortSignal; onBytes: (bytes: number) => void};

const checkFile = async (
  {name, bytes, sha256}: FileRecord,
  {folder, signal, onBytes}: Reading,
): Promise<string | undefined> => {
  try {
    const found = await checksumOf(join(folder, name), {signal, onBytes});
    if (found.bytes !== bytes)
      return `${name} has ${found.bytes} bytes, the manifest says ${bytes}`;
    return found.sha256 === sha256
      ? undefined
      : `${name} does not have the SHA-256 that the manifest says`;
  } catch (error) {
    if (!(error instanceof OpsError) || error.kind !== 'notIntact') throw error;
    return `${name} can't be read: ${reasonOf(error)}`;
  }
};

type Begun = {
  readonly level: Level;
  readonly problems: readonly string[];
  readonly startedAt: number;
};

const shallow = async (
  context: Context,
  set: StoredSet,
  {level, problems, startedAt}: Begun,
): Promise<Proof> => {
  const isRead = problems.length === 0 && level !== 'checksum';
  const found = isRead ? await archiveProblems(context, set) : problems;
  return {
    at: new Date().toISOString(),
    level: problems.length > 0 ? 'checksum' : level,
    verdict: found.length > 0 ? 'damaged' : 'intact',
    seconds: Math.round(performance.now() - startedAt) / 1_000,
    problems: [...found],
  };
};

const archiveProblems = async (context: Context, {folder, manifest}: StoredSet) => {
  const any = await clientForSet(context, parseVersion(manifest.client.version) as Version);
  const client =
    manifest.format === 'directory'
      ? await context.tools.seeing(any, folder, {isReadOnly: true})
      : any;
  return checkArchive(context, {...manifest, folder}, client);
};

/** A file that the manifest does not know may be read by pg_restore in its place. */
const filesUnknown = async ({folder, manifest}: Pick<StoredSet, 'folder' | 'manifest'>) => {
  const known = new Set(manifest.files.map(({name}) => name));
  const names = await filesBelow(folder);
  return names
    .filter((name) => !known.has(name) && !ownNames.includes(name))
    .map((name) => `${name} is not in the manifest`);
};

const reasonOf = (error: OpsError) =>
  error.cause === undefined ? error.message : asOpsError(error.cause).message;

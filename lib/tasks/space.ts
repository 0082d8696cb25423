import {freeBytesNear} from '../io/folder-size.ts';
import type {StoredSet} from '../io/store.ts';
import {OpsError} from '../model/errors.ts';
import type {BackupRequest} from './backup.ts';
import type {Server} from './connect.ts';

/** A first set is taken for a tenth of the database: what gzip makes of most. */
const usualShare = 0.1;

export type Room = {
  /** The bytes that the set will have, by the newest one like it; undefined for a first one. */
  readonly knownBytes: number | undefined;
  readonly neededBytes: number;
  readonly freeBytes: number;
};

type Asked = {sets: readonly StoredSet[]; server: Server; request: BackupRequest};

/** What a set will need and what there is, where the shelf is or will be. */
export const roomFor = async (shelf: string, {sets, server, request}: Asked): Promise<Room> => {
  const like = sets.findLast(
    ({manifest}) =>
      manifest.format === request.format && manifest.compression.kind === request.compression.kind,
  );
  const knownBytes = like?.manifest.files.reduce((sum, {bytes}) => sum + bytes, 0);
  const neededBytes = (knownBytes ?? server.facts.databaseBytes * usualShare) * 1.1;
  return {knownBytes, neededBytes: Math.ceil(neededBytes), freeBytes: await freeBytesNear(shelf)};
};

/**
 * Refuse a backup that can't fit, before a byte is written; never make room by removing sets.
 * Gives the bytes that the set will have, as above. Errors: unavailable with what is free and what
 * is needed.
 */
export const assertSpace = async (shelf: string, asked: Asked): Promise<number | undefined> => {
  const {knownBytes, neededBytes: needed, freeBytes: free} = await roomFor(shelf, asked);
  if (free >= needed) return knownBytes;
  throw new OpsError(
    'unavailable',
    `${megabytes(free)} MB are free at '${shelf}', the backup needs about ${megabytes(needed)} MB`,
    {
      hint: 'free some space or set PGKEEP_BACKUPS to a larger disk; pgkeep removes no set to make room',
    },
  );
};

const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0);

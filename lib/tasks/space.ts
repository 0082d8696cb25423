import {freeBytes} from '../io/folder-size.ts';
import type {StoredSet} from '../io/store.ts';
import {OpsError} from '../model/errors.ts';
import type {BackupRequest} from './backup.ts';
import type {Server} from './connect.ts';

/** A first set is taken for a tenth of the database: what gzip makes of most. */
const usualShare = 0.1;

/**
 * Refuse a backup that can't fit, before a byte is written; never make room by removing sets.
 * Gives the bytes that the set will have, by the newest one like it; undefined for a first one.
 * Errors: unavailable with what is free and what is needed.
 */
export const assertSpace = async (
  shelf: string,
  {sets, server, request}: {sets: readonly StoredSet[]; server: Server; request: BackupRequest},
): Promise<number | undefined> => {
  const like = sets.findLast(
    ({manifest}) =>
      manifest.format === request.format && manifest.compression.kind === request.compression.kind,
  );
  const known = like?.manifest.files.reduce((sum, {bytes}) => sum + bytes, 0);
  const needed = (known ?? server.facts.databaseBytes * usualShare) * 1.1;
  const free = await freeBytes(shelf);
  if (free >= needed) return known;
  throw new OpsError(
    'unavailable',
    `${megabytes(free)} MB are free at '${shelf}', the backup needs about ${megabytes(needed)} MB`,
    {
      hint: 'free some space or set PGKEEP_BACKUPS to a larger disk; pgkeep removes no set to make room',
    },
  );
};

const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0);

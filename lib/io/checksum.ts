import {createHash} from 'node:crypto';
import {OpsError} from '../model/errors.ts';
import {isOfTheHost, systemHint} from '../model/system-fault.ts';
import {openRegular} from './regular-file.ts';

const chunkBytes = 1_048_576;

/** The SHA-256 of a text or of bytes, in hexadecimal. */
export const sha256Of = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex');

/**
 * The SHA-256 and length of a file, read from its first byte to its last; a link is not followed.
 * Errors: notIntact naming the file and the system's reason (EIO, ENOENT); unavailable where the fault
 * is this host's or this user's, which says nothing of the bytes.
 */
export const checksumOf = async (
  path: string,
  {
    signal,
    onBytes,
  }: {readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void} = {},
): Promise<{readonly bytes: number; readonly sha256: string}> => {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const file = await openRegular(path, {links: 'refused'});
    try {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      for (;;) {
        const {bytesRead} = await file.read(chunk, 0, chunkBytes, null);
        if (bytesRead === 0) break;
        signal?.throwIfAborted();
        hash.update(chunk.subarray(0, bytesRead));
        bytes += bytesRead;
        onBytes?.(bytesRead);
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof OpsError) throw cause;
    if (isOfTheHost(cause))
      throw new OpsError('unavailable', `'${path}' can't be read here`, {
        hint: systemHint(cause) ?? 'run again',
        cause,
      });
    throw new OpsError('notIntact', `'${path}' can't be read`, {
      hint: 'the set may be damaged or the disk failing: use another set, and look at dmesg',
      cause,
    });
  }
  return {bytes, sha256: hash.digest('hex')};
};

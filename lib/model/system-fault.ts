/** What the operating system refused: a full disk, a broken one, a limit. No bug of pgkeep's. */

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space, or use a larger disk',
  EDQUOT: 'free some space, or raise the quota',
  EFBIG: 'raise the limit of file sizes (ulimit -f), or use another file system',
  EIO: 'the disk may be failing: look at dmesg, and use another one',
  EROFS: 'the disk is read-only: look at dmesg why, or use another one',
  EACCES: 'run pgkeep as a user that may, or correct the modes of the folder',
  EPERM: 'run pgkeep as a user that may, or correct the modes of the folder',
  EMFILE: 'raise the limit of open files (ulimit -n)',
  ENFILE: 'raise the limit of open files of this host (fs.file-max)',
  EAGAIN: 'raise the limit of processes (ulimit -u)',
  ENOMEM: 'give pgkeep more memory',
  EINTR: 'run again',
};

/** What to do about a system call that failed for a reason of the host's; undefined for other errors. */
export const systemHint = (error: unknown): string | undefined =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
    ? hints[error.code]
    : undefined;

const codesOfTheHost = new Set('EACCES EPERM EMFILE ENFILE ENOMEM EAGAIN EINTR ESTALE'.split(' '));

/** Whether a file could not be read for a reason that says nothing of its bytes: a limit, a right, an interruption. */
export const isOfTheHost = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  codesOfTheHost.has(error.code);

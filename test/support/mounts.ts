/** File systems of a test's own, for disks that are full, broken or read-only. */
import {execFile} from 'node:child_process';
import {mkdir, rm, truncate} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);

export type Mounted = {readonly image: string; remount(options: string): Promise<unknown>};

/** A folder that is a small memory disk while `use` runs. */
export const withMemoryDisk = async (
  folder: string,
  size: string,
  use: (mounted: Pick<Mounted, 'remount'>) => Promise<unknown>,
): Promise<void> => {
  await mkdir(folder, {recursive: true, mode: 0o700});
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', folder]);
  try {
    await use({remount: (options) => run('mount', ['-o', `remount,${options}`, folder])});
  } finally {
    await run('umount', ['--lazy', folder]);
  }
};

/**
 * A folder that is ext4 on a loop device while `use` runs. Its image is sparse and lies on a memory
 * disk of `backing`: where that is smaller than `size`, writes succeed and fsync tells the truth.
 * With a journal, nothing but fsync writes it: a copy of the image is what a power cut leaves.
 */
export const withLoopDisk = (
  folder: string,
  {size, backing, journal = false}: {size: string; backing: string; journal?: boolean},
  use: (mounted: Mounted) => Promise<unknown>,
): Promise<void> => {
  const below = join(dirname(folder), 'below');
  return withMemoryDisk(below, backing, async () => {
    const image = join(below, 'image');
    await run('truncate', ['-s', size, image]);
    const kind = journal ? ['-J', 'size=4'] : ['-O', '^has_journal'];
    await run('mkfs.ext4', ['-q', ...kind, '-m', '0', image]);
    await mkdir(folder, {recursive: true, mode: 0o700});
    await run('mount', ['-o', journal ? 'loop,data=ordered,commit=600' : 'loop', image, folder]);
    try {
      const remount = (options: string) => run('mount', ['-o', `remount,${options}`, folder]);
      await use({image, remount});
    } finally {
      await run('umount', ['--lazy', folder]);
    }
  });
};

/** Writes what is in memory to the disks. */
export const sync = () => run('sync');

/**
 * What a disk would hold if the power went now: its image copied as it is, mounted at `folder` while
 * `use` looks. The copy lies beside the image.
 */
export const afterPowerCut = async <Value>(
  image: string,
  folder: string,
  use: () => Promise<Value>,
): Promise<Value> => {
  const copy = `${image}.cut`;
  await run('cp', ['--sparse=always', image, copy]);
  await mkdir(folder, {recursive: true});
  await run('mount', ['-o', 'loop', copy, folder]);
  try {
    return await use();
  } finally {
    await run('umount', [folder]);
    await rm(copy);
  }
};

/** Takes the end of a disk away: what lies there and is not in memory can't be read any more. */
export const loseEnd = async (image: string, bytes: number): Promise<void> => {
  await run('sync');
  await truncate(image, bytes);
  await run('sh', ['-c', 'echo 3 > /proc/sys/vm/drop_caches']);
};

/** Whether this kernel gives out loop devices. */
export const hasLoopDevices = (): Promise<boolean> =>
  run('losetup', ['--find']).then(
    () => true,
    () => false,
  );

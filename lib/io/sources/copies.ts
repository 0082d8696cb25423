/** The folder of copies: their ids, and what is left of copies that were never finished. */
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {momentOf} from '../../model/set-id.ts';
import {isAlive} from '../alive.ts';
import {removeFile} from '../descriptor.ts';

/** A second run in the same second gets the next one. */
export const freeId = async (folder: string, run: string): Promise<string> => {
  let time = momentOf(run)?.getTime() ?? 0;
  for (;;) {
    const id = new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
    const isTaken = await namesWith(folder, id);
    if (!isTaken) return id;
    time += 1_000;
  }
};

const namesWith = async (folder: string, id: string): Promise<boolean> => {
  return (await readdir(folder)).some((name) => name.endsWith(`-${id}.db`));
};

/** What runs that were killed have left of their copies. */
export const sweepPartials = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    const [, pid] = /\.(\d+)\.partial(?:-\w+)?$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) await removeFile(join(folder, name));
  }
};

/** A live source read once more when its rows are in place: what has changed since is told, not lost in silence. */
import {join} from 'node:path';
import {inOneAlone, sorted} from '../../commands/stream.ts';
import {intoPassingFile, removeFile, withInput} from '../../io/descriptor.ts';
import {captureRedis} from '../../io/sources/redis-capture.ts';
import type {RedisPlace} from '../../model/migrate/redis-url.ts';
import {type Since, sinceOf} from '../../model/migrate/since.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';

/**
 * Read every key again and compare with the lines that were kept. Errors: unavailable, toolFailed: then nothing is
 * known of the time between.
 */
export const readAgain = (context: Context, place: RedisPlace, copy: string): Promise<Since> =>
  inPhase(context, 'reading Redis again', async (update) => {
    const {shell, now} = context;
    const [fresh, before, after] = ['again', 'before', 'after'].map((name) => `${copy}.${name}`);
    const files = [fresh, before, after] as [string, string, string];
    const sort = sorted(join(copy, '..'));
    try {
      await intoPassingFile(files[0], async (descriptor) => {
        const options = {
          descriptor,
          passing: `${copy}.keys`,
          nowMilliseconds: now.getTime(),
          update,
        };
        await captureRedis(shell, place, options);
      });
      for (const [from, to] of [
        [copy, files[1]],
        [files[0], files[2]],
      ] as const)
        await intoPassingFile(to, (output) =>
          withInput(from, (input) => shell.pipe([sort], {input, output})),
        );
      const since = sinceOf();
      await shell.pipe([inOneAlone(files[1], files[2])], {output: since.hear});
      return since.end();
    } finally {
      await Promise.all(files.map(removeFile));
    }
  });

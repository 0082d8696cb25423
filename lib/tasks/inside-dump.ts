/** What is inside a compressed dump, as it comes out of its decompressor. */
import {decompressor} from '../commands/compress.ts';
import {asItIs} from '../commands/text.ts';
import {withInput} from '../io/descriptor.ts';
import {freeBytesNear} from '../io/folder-size.ts';
import {findCompressors} from '../io/tools.ts';
import type {Command} from '../model/command.ts';
import {OpsError} from '../model/errors.ts';
import {createTarWalk} from '../model/tar-members.ts';
import type {Context} from './context.ts';
import {watchSilence} from './watch.ts';

/** Enough is enough. */
class Seen extends Error {}

/** Its first bytes. Errors: notIntact. */
export const headInside = async ({shell}: Context, path: string, compression: 'gzip' | 'zstd') => {
  let head = Buffer.alloc(0);
  const output = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    if (head.length >= 4_096) throw new Seen();
  };
  const stages = [decompressing(shell, compression)];
  await withInput(path, (input) =>
    shell.pipe(stages, {input, output, kind: 'notIntact'}).catch((error: unknown) => {
      if (!(error instanceof Seen)) throw error;
    }),
  );
  return head.subarray(0, 4_096);
};

/** The same as of a tar file as it is: read to its end, since pg_restore would look for ever for what is cut off. */
export const tarFaultInside = (context: Context, path: string, compression: 'gzip' | 'zstd') =>
  watchSilence(context, `reading '${path}'`, async ({shell, settings}, moved) => {
    const walk = createTarWalk();
    let room = await freeBytesNear(settings.backups);
    const output = (chunk: Buffer) => {
      moved();
      walk.push(chunk);
      room -= chunk.length;
      if (walk.fault() !== undefined || room < 0) throw new Seen();
    };
    await withInput(path, (input) =>
      shell
        .pipe([decompressing(shell, compression)], {input, output, kind: 'notIntact'})
        .catch((error: unknown) => {
          if (!(error instanceof Seen)) throw error;
        }),
    );
    return room < 0 ? 'it expands to more than there is room for here' : walk.end();
  });

/** The program that takes the compression of a dump back. Errors: unavailable. */
export const decompressing = (
  shell: Context['shell'],
  compression: 'none' | 'gzip' | 'zstd',
): Command => {
  const command =
    compression === 'none' ? asItIs : decompressor(compression, findCompressors(shell));
  if (command) return command;
  throw new OpsError('unavailable', `no program that reads ${compression} was found on this host`, {
    hint: `install ${compression} (Debian: apt-get install ${compression})`,
  });
};

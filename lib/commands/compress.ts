/** The sentences of compressors: standard input to standard output. */
import type {Command} from '../model/command.ts';
import type {Compression} from '../model/compression.ts';

/** The compressors of this host by name, with their absolute paths. */
export type Compressors = Readonly<Partial<Record<'igzip' | 'pigz' | 'gzip' | 'zstd', string>>>;

/**
 * The fastest program of this host for a compression, or undefined where there is none.
 * igzip makes the same kind of .gz several times faster, at levels 1 to 3 only.
 */
export const compressor = (
  {kind, level}: Compression,
  found: Compressors,
): {readonly program: string; readonly command: Command} | undefined => {
  const say = (program: keyof Compressors, args: readonly string[]) => {
    const file = found[program];
    return file === undefined ? undefined : {program, command: {file, args, env: {}}};
  };
  if (kind === 'zstd') return say('zstd', ['--quiet', '--stdout', '--threads=0', `-${level}`]);
  if (kind === 'none') return undefined;
  return (
    (level <= 3 ? say('igzip', [`-${level}`, '--stdout']) : undefined) ??
    say('pigz', [`-${level}`, '--stdout', '--no-name']) ??
    say('gzip', [`-${level}`, '--stdout', '--no-name'])
  );
};

/** The program that takes a compression back; each of them checks what it reads to the end. */
export const decompressor = (
  kind: Compression['kind'],
  found: Compressors,
): Command | undefined => {
  const file = kind === 'zstd' ? found.zstd : (found.igzip ?? found.gzip);
  return kind === 'none' || file === undefined ? undefined : {file, args: ['-d', '-c'], env: {}};
};

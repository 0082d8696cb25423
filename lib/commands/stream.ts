/** Standard tools that copy, hash and order a stream without handing it to us. */
import type {Command} from '../model/command.ts';

/** A pipe with a name, for one stream that two read. https://man7.org/linux/man-pages/man1/mkfifo.1.html */
export const makeFifo = (path: string): Command => ({
  file: 'mkfifo',
  args: ['-m', '600', '--', path],
  env: {},
});

/** Hands its input on, and a copy of it to a file or named pipe. */
export const copyInto = (path: string): Command => ({file: 'tee', args: ['--', path], env: {}});

/** Programs that say the same SHA-256: OpenSSL's takes a third of the time where the processor has instructions for it. */
export type Hasher = 'openssl' | 'sha256sum';

/** Prints the SHA-256 of a file, or of its input, in hex. https://docs.openssl.org/3.0/man1/openssl-dgst/ */
export const sha256Of = (path: string | 'input', hasher: Hasher = 'sha256sum'): Command =>
  hasher === 'openssl'
    ? {
        file: 'openssl',
        args: ['dgst', '-sha256', '-r', ...(path === 'input' ? [] : [path])],
        env: {},
      }
    : {file: 'sha256sum', args: ['--binary', '--', path === 'input' ? '-' : path], env: {}};

/** Lines in the order of their bytes; what does not fit into memory goes to the folder. */
export const sorted = (folder: string): Command => ({
  file: 'sort',
  args: ['--temporary-directory', folder],
  env: {LC_ALL: 'C'},
});

/** The same, each line once. */
export const sortedOnce = (folder: string): Command => {
  const {file, args, env} = sorted(folder);
  return {file, args: [...args, '--unique'], env};
};

/** Lines of two sorted files that are in one of them alone: of the second behind a tab. */
export const inOneAlone = (first: string, second: string): Command => ({
  file: 'comm',
  args: ['-3', '--', first, second],
  env: {LC_ALL: 'C'},
});

/** The first lines of a stream. */
export const firstLines = (count: number): Command => ({
  file: 'head',
  args: [`--lines=${count}`],
  env: {},
});

/** These lines of a stream, counted from 1, each cut after so many bytes. */
export const linesAt = (
  places: readonly number[],
  {bytes}: {readonly bytes: number},
): readonly [Command, Command] => [
  {
    file: 'sed',
    args: ['--quiet', ...places.flatMap((at) => ['--expression', `${at}p`])],
    env: {LC_ALL: 'C'},
  },
  {file: 'cut', args: [`--bytes=1-${bytes}`], env: {LC_ALL: 'C'}},
];

/** The first byte of a stream; nothing of an empty one. */
export const firstByte: Command = {file: 'head', args: ['--bytes=1'], env: {}};

/** So many bytes of its input, from one on. https://www.gnu.org/software/coreutils/manual/html_node/dd-invocation.html */
export const bytesFrom = (from: number, {bytes}: {readonly bytes: number}): Command => ({
  file: 'dd',
  args: [
    ...['bs=1M', 'iflag=skip_bytes,count_bytes,fullblock', `skip=${from}`, `count=${bytes}`],
    'status=none',
  ],
  env: {},
});

/** What a process prints, kept or handed on. */
import type {Readable} from 'node:stream';
import type {Child} from './process.ts';

/** Reads what a program prints without keeping it. */
export type Reader = (chunk: Buffer) => void;

/** Hands over what comes; what the reader throws is kept, and whoever still writes is ended. */
export const readBy = (
  reader: Reader,
  stream: Readable | null,
  children: readonly Child[],
): {readonly error?: unknown} => {
  const refusal: {error?: unknown} = {};
  stream?.on('data', (chunk: Buffer) => {
    if (refusal.error) return;
    try {
      reader(chunk);
    } catch (error) {
      refusal.error = error;
      for (const child of children) child.kill('SIGTERM');
    }
  });
  return refusal;
};

/** All of it: for small answers. */
export const textOf = async (stream: Readable | null): Promise<string> => {
  if (!stream) return '';
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => stream.once('close', resolve));
  return Buffer.concat(chunks).toString('utf8');
};

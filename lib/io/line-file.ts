/** Files of lines, written and read in pieces whatever their length. */
import {createReadStream, writeSync} from 'node:fs';
import {OpsError} from '../model/errors.ts';

const pieceBytes = 1 << 20;

export type LineWriter = {
  write(text: string): void;
  /** What is left is written. */
  end(): void;
};

/** Gathers lines and writes them through a descriptor. Errors: the system's. */
export const lineWriter = (descriptor: number): LineWriter => {
  let parts: string[] = [];
  let length = 0;
  const flush = () => {
    const bytes = Buffer.from(parts.join(''));
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    [parts, length] = [[], 0];
  };
  return {
    write(text) {
      parts.push(text);
      length += text.length;
      if (length >= pieceBytes) flush();
    },
    end: flush,
  };
};

type Lines = {
  readonly atOnce: number;
  /** Of a line, in bytes. */
  readonly longest?: number;
};

/** The lines of a file in groups of `atOnce`, without their line feeds. Errors: notIntact for one longer than `longest`. */
export async function* linesIn(path: string, {atOnce, longest = Infinity}: Lines) {
  let rest = '';
  let lines: string[] = [];
  for await (const piece of createReadStream(path, {
    encoding: 'latin1',
    highWaterMark: pieceBytes,
  })) {
    const found = `${rest}${piece}`.split('\n');
    rest = found.pop() ?? '';
    if (rest.length > longest)
      throw new OpsError('notIntact', `a line has more than ${longest} bytes`, {
        hint: 'take what is so large out of the file',
      });
    for (const line of found) {
      lines.push(line);
      if (lines.length < atOnce) continue;
      yield lines;
      lines = [];
    }
  }
  if (rest !== '') lines.push(rest);
  if (lines.length > 0) yield lines;
}

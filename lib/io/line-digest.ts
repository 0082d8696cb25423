/** Hashes what goes by, and counts its lines. */
import {createHash} from 'node:crypto';

export type LineDigest = {
  hear(piece: Buffer): void;
  /** Line feeds so far. */
  lines(): number;
  /** The SHA-256 of all of it, in hexadecimal. */
  end(): string;
};

export const lineDigest = (): LineDigest => {
  const hash = createHash('sha256');
  let lines = 0;
  return {
    hear(piece) {
      hash.update(piece);
      for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines += 1;
    },
    lines: () => lines,
    end: () => hash.digest('hex'),
  };
};

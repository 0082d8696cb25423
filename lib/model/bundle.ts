/**
 * A set as one portable tar file: `<id>/manifest.json` first, then the files it names, and nothing
 * else. A bundle comes from anywhere, so what it says of itself is checked before a byte is kept.
 */
import type {Manifest} from './manifest.ts';
import {printable} from './redact.ts';

/** What a tar file says of one of its members. */
export type Member = {
  readonly path: string;
  /** As the tar package calls it: `File`, `SymbolicLink`, `Directory`. */
  readonly type: string;
  readonly bytes: number;
};

/** The members of a set's bundle, in the order that makes the same set the same bytes. */
export const membersOf = ({id, files}: Manifest): readonly string[] => [
  `${id}/manifest.json`,
  ...files.map(({name}) => `${id}/${name}`).sort(),
];

/** What is wrong with the members of a bundle, a sentence each: only what the manifest names may be there, once, whole. */
export const bundleFaults = (
  {id, files}: Pick<Manifest, 'id' | 'files'>,
  members: readonly Member[],
): readonly string[] => {
  const expected = new Map(files.map(({name, bytes}) => [`${id}/${name}`, bytes]));
  const seen = new Set<string>();
  const faults: string[] = [];
  for (const [index, {path, type, bytes}] of members.entries()) {
    const name = quoted(path);
    const isManifest = path === `${id}/manifest.json`;
    if (type !== 'File') faults.push(`${name} is no ordinary file (${type})`);
    else if (seen.has(path)) faults.push(`${name} is there twice`);
    else if (isManifest && index > 0) faults.push(`${name} is not the first member`);
    else if (!isManifest && !expected.has(path)) faults.push(`${name} is not in the manifest`);
    else if (!isManifest && expected.get(path) !== bytes)
      faults.push(`${name} has ${bytes} bytes, the manifest says ${expected.get(path)}`);
    seen.add(path);
  }
  const missing = [...expected.keys()].filter((path) => !seen.has(path));
  return shortened([...faults, ...missing.map((path) => `${quoted(path)} is missing`)]);
};

const longestName = 200;
const shown = 10;

/** A hostile bundle has as many and as long names as it likes. */
const quoted = (path: string): string =>
  `'${printable(path.length > longestName ? `${path.slice(0, longestName)}…` : path)}'`;

const shortened = (faults: readonly string[]): readonly string[] =>
  faults.length <= shown
    ? faults
    : [...faults.slice(0, shown), `and ${faults.length - shown} more`];

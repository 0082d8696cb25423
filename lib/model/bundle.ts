/**
 * A set as one portable tar file: `<id>/manifest.json` first, then the files it names, and nothing
 * else. A bundle comes from anywhere, so what it says of itself is checked before a byte is kept.
 */
import type {Manifest} from './manifest.ts';
import {printable} from './redact.ts';
import {dumpName} from './set-name.ts';

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
  {id, files, format, compression}: Pick<Manifest, 'id' | 'files' | 'format' | 'compression'>,
  members: readonly Member[],
): readonly string[] => {
  const strange = files.filter(({name}) => !fits(name, {format, compression}));
  const expected = new Map(files.map(({name, bytes}) => [`${id}/${name}`, bytes]));
  const seen = new Set<string>();
  const faults = strange.map(({name}) => `${quoted(name)} is no file of a set in ${format} format`);
  for (const [index, {path, type, bytes}] of members.entries()) {
    const name = quoted(path);
    const isManifest = path === `${id}/manifest.json`;
    if (index === 0 && !isManifest) faults.push(`it begins with ${name}, not with its manifest`);
    if (type !== 'File') faults.push(`${name} is no ordinary file (${type})`);
    else if (seen.has(path)) faults.push(`${name} is there twice`);
    else if (!isManifest && !expected.has(path)) faults.push(`${name} is not in the manifest`);
    else if (!isManifest && expected.get(path) !== bytes)
      faults.push(`${name} has ${bytes} bytes, the manifest says ${expected.get(path)}`);
    seen.add(path);
  }
  const missing = [...expected.keys()].filter((path) => !seen.has(path));
  return shortened([...faults, ...missing.map((path) => `${quoted(path)} is missing`)]);
};

/** What a set of that format consists of. */
const fits = (name: string, {format, compression}: Pick<Manifest, 'format' | 'compression'>) => {
  if (name === 'schema.sql.gz' || name === 'globals.sql.gz') return true;
  const dump = dumpName(format, compression.kind);
  return format === 'directory' ? name.startsWith(`${dump}/`) : name === dump;
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

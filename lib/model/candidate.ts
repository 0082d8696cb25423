/** A set as retention looks at it. */
import {filtersOf, type Manifest} from './manifest.ts';
import type {Proof} from './proof.ts';
import {standingOf} from './proof.ts';
import type {Candidate} from './retention.ts';

/** What retention has to know of a set, from its manifest and what was found out about it. */
export const candidateOf = ({
  manifest,
  proofs,
  isPinned,
}: {
  readonly manifest: Manifest;
  readonly proofs: readonly Proof[];
  readonly isPinned: boolean;
}): Candidate => ({
  id: manifest.id,
  reason: manifest.reason,
  standing: standingOf(proofs),
  isPinned,
  group: groupOf(manifest),
  bytes: bytesOf(manifest.files),
  dumpBytes: bytesOf(manifest.files.filter(({name}) => name.startsWith('database'))),
  packing: `${manifest.format} ${manifest.compression.kind} ${manifest.compression.level}`,
  rows: rowsOf(manifest.tables),
});

/** All rows of tables; null where one was not counted. */
export const rowsOf = (tables: Manifest['tables']): number | null => {
  let sum = 0;
  for (const {rows} of tables) {
    if (rows === null) return null;
    sum += rows;
  }
  return sum;
};

/** Sets of one database of one server, taken with the same filters, can be compared and stand in for each other. */
export const groupOf = (manifest: Manifest): string => {
  const server = `${manifest.server.systemIdentifier ?? 'unknown'} ${JSON.stringify(manifest.database)}`;
  const filters = Object.entries(filtersOf(manifest)).filter(([, patterns]) => patterns.length > 0);
  return filters.length === 0
    ? server
    : `${server} ${JSON.stringify(filters.map(([name, patterns]) => [name, patterns.toSorted()]))}`;
};

/** What files take together. */
export const bytesOf = (files: Manifest['files']): number =>
  files.reduce((sum, {bytes}) => sum + bytes, 0);

/** A set in the words of a table: what `list` and `backup` tell of it. */
import type {StoredSet} from '../io/store.ts';
import {inBytes, inCount, inTime} from '../model/amounts.ts';
import {standingOf} from '../model/proof.ts';
import {momentOf} from '../model/set-id.ts';

export type SetSummary = {
  readonly id: string;
  readonly database: string;
  readonly folder: string;
  readonly reason: string;
  readonly format: string;
  readonly age: string;
  readonly isFuture: boolean;
  readonly bytes: number;
  readonly size: string;
  readonly tables: string;
  readonly rows: string;
  /** `drill passed`, `archive checked`, `checksum only`, `DAMAGED`, `unproven`. */
  readonly proof: string;
  readonly isPinned: boolean;
};

const words = {checksum: 'checksum only', archive: 'archive checked', restore: 'proven by drill'};

export const describeSet = (
  {manifest, folder, proofs, isPinned}: StoredSet,
  now: Date,
): SetSummary => {
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  const seconds = (now.getTime() - (momentOf(manifest.id)?.getTime() ?? 0)) / 1_000;
  const standing = standingOf(proofs);
  return {
    id: manifest.id,
    database: manifest.database,
    folder,
    reason: manifest.reason,
    format: manifest.format,
    age: seconds < 0 ? 'dated in the future' : inTime(seconds),
    isFuture: seconds < 0,
    bytes,
    size: inBytes(bytes),
    tables: inCount(manifest.tables.length),
    rows: rowsOf(manifest.tables.map(({rows}) => rows)),
    proof: standing.isDamaged ? 'DAMAGED' : standing.proven ? words[standing.proven] : 'unproven',
    isPinned,
  };
};

const rowsOf = (rows: readonly (number | null)[]) =>
  rows.some((count) => count === null)
    ? '?'
    : inCount(rows.reduce<number>((sum, count) => sum + (count ?? 0), 0));

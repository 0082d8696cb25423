/** What `list` and `backup` tell of a set: the facts for programs, and the same in words. */
import type {StoredSet} from '../io/store.ts';
import {inBytes, inCount, inTime} from '../model/amounts.ts';
import {rowsOf} from '../model/candidate.ts';
import {type Standing, standingOf} from '../model/proof.ts';
import {timeOf} from '../model/set-id.ts';

export type SetSummary = {
  readonly id: string;
  readonly database: string;
  readonly folder: string;
  readonly reason: string;
  readonly format: string;
  /** ISO, UTC. */
  readonly startedAt: string;
  /** Negative for a set that is dated in the future. */
  readonly ageSeconds: number;
  readonly isFuture: boolean;
  readonly bytes: number;
  readonly tables: number;
  /** Null where they were not counted. */
  readonly rows: number | null;
  /** The deepest level that the set has passed; null for none. */
  readonly proof: 'checksum' | 'archive' | 'restore' | null;
  readonly isDamaged: boolean;
  /** The newest drill that passed: when, and how long it took. */
  readonly drill: Standing['drill'] | null;
  readonly isPinned: boolean;
};

/** The facts, in numbers. */
export const describeSet = (
  {manifest, folder, proofs, isPinned}: StoredSet,
  now: Date,
): SetSummary => {
  const {id, database, reason, format, startedAt, files, tables} = manifest;
  const ageSeconds = Math.floor((now.getTime() - timeOf(id)) / 1_000);
  const {proven, isDamaged, drill} = standingOf(proofs);
  return {
    ...{id, database, folder, reason, format, startedAt, ageSeconds},
    isFuture: ageSeconds < 0,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    tables: tables.length,
    rows: rowsOf(tables),
    proof: proven ?? null,
    isDamaged,
    drill: drill ?? null,
    isPinned,
  };
};

const levels = {checksum: 'checksum only', archive: 'archive checked', restore: 'proven by drill'};

/** The same as people read it. */
export const inWords = (summary: SetSummary) => {
  const {ageSeconds, bytes, tables, rows, proof, isDamaged} = summary;
  return {
    age: ageSeconds < 0 ? 'dated in the future' : inTime(ageSeconds),
    size: inBytes(bytes),
    tables: inCount(tables),
    rows: rows === null ? '?' : inCount(rows),
    /** `proven by drill`, `archive checked`, `checksum only`, `DAMAGED`, `unproven`. */
    proof: isDamaged ? 'DAMAGED' : proof ? levels[proof] : 'unproven',
  };
};

/** Whether two engines gave the same rows. */

import {
  kindOf,
  type PlainRow,
  plainOfPostgres,
  plainOfSqlite,
  type SqliteCell,
} from './bench-cells.ts';
import type {JsonObject, JsonValue} from './migrate/json-value.ts';

export type Comparison = {
  readonly verdict: 'same' | 'other order' | 'different';
  /** Rows of SQLite's and of PostgreSQL's answer. */
  readonly rows: {readonly sqlite: number; readonly postgres: number};
  /** What one of them alone has, the first few of it. */
  readonly differences: readonly string[];
};

const shown = 3;

/**
 * Compare as sets of rows, then by their order. Numbers with a fraction are the same when they differ by
 * less than 1e-12 of their size: the engines add up in another order.
 */
export const compareAnswers = (
  sqlite: readonly (readonly SqliteCell[])[],
  postgres: readonly JsonObject[],
): Comparison => {
  const values = postgres.map(({members}) => members.map(([, value]) => value));
  const width = values[0]?.length ?? 0;
  const kinds = Array.from({length: width}, (_, column) =>
    kindOf(values.map((row) => row[column] as JsonValue)),
  );
  const ours = sqlite.map((row) =>
    row.map((cell, at) => plainOfSqlite(cell, kinds[at] ?? 'plain')),
  );
  const theirs = values.map((row) =>
    row.map((cell, at) => plainOfPostgres(cell, kinds[at] ?? 'plain')),
  );
  const rows = {sqlite: ours.length, postgres: theirs.length};
  if (allSame(ours, theirs)) return {verdict: 'same', rows, differences: []};
  const [left, right] = [ours.toSorted(byCells), theirs.toSorted(byCells)];
  if (allSame(left, right)) return {verdict: 'other order', rows, differences: []};
  return {verdict: 'different', rows, differences: differencesOf(left, right)};
};

const allSame = (left: readonly PlainRow[], right: readonly PlainRow[]): boolean =>
  left.length === right.length && left.every((row, at) => isSameRow(row, right[at] ?? []));

const isSameRow = (left: PlainRow, right: PlainRow): boolean =>
  left.length === right.length && left.every((cell, at) => isSame(cell, right[at] ?? ''));

const isSame = (left: string, right: string): boolean =>
  left === right ||
  (left.startsWith('#') && right.startsWith('#') && isNear(left.slice(1), right.slice(1)));

const isNear = (left: string, right: string): boolean => {
  if (/^-?\d+$/.test(left) && /^-?\d+$/.test(right)) return false;
  const [a, b] = [Number(left), Number(right)];
  return Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
};

/** Numbers by their size, so that two that are near stand in one place. */
const byCells = (left: PlainRow, right: PlainRow): number => {
  for (const [at, cell] of left.entries()) {
    const other = right[at] ?? '';
    if (cell === other) continue;
    if (cell.startsWith('#') && other.startsWith('#')) {
      if (isNear(cell.slice(1), other.slice(1))) continue;
      return Number(cell.slice(1)) - Number(other.slice(1)) || (cell < other ? -1 : 1);
    }
    return cell < other ? -1 : 1;
  }
  return left.length - right.length;
};

const differencesOf = (
  left: readonly PlainRow[],
  right: readonly PlainRow[],
): readonly string[] => {
  const alone = {left: [] as PlainRow[], right: [] as PlainRow[]};
  const at = {left: 0, right: 0};
  while (at.left < left.length || at.right < right.length) {
    const [row, other] = [left[at.left], right[at.right]];
    const isBoth = row !== undefined && other !== undefined && isSameRow(row, other);
    const isLeft = row !== undefined && (other === undefined || byCells(row, other) < 0);
    if (!isBoth && isLeft) alone.left.push(row);
    if (!isBoth && !isLeft && other) alone.right.push(other);
    at.left += isBoth || isLeft ? 1 : 0;
    at.right += isBoth || !isLeft ? 1 : 0;
  }
  return [...told('sqlite', alone.left), ...told('postgres', alone.right)];
};

const told = (engine: string, rows: readonly PlainRow[]): readonly string[] => [
  ...rows.slice(0, shown).map((row) => `only in ${engine}: ${row.map(shortened).join(' | ')}`),
  ...(rows.length > shown ? [`only in ${engine}: ${rows.length - shown} more`] : []),
];

const shortened = (cell: string): string => {
  const text = cell.replace(/^(text |#)/, '');
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

/** The middle one, or the mean of the two in the middle. */
export const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
};

import {displayName} from './catalog.ts';
import type {Manifest, SequenceRecord, TableRecord} from './manifest.ts';

/** What was found of a table: its record, or why there is none. */
export type TableFinding =
  | TableRecord
  | {readonly schema: string; readonly name: string; readonly missing: string};

/** What is wrong with tables found, against what a set recorded of them, a sentence for each. */
export const compareTables = (
  recorded: readonly TableRecord[],
  found: readonly TableFinding[],
): readonly string[] => {
  const byName = new Map(found.map((table) => [displayName(table), table]));
  return recorded.flatMap((table) => {
    const name = displayName(table);
    const finding = byName.get(name);
    if (!finding) return [`table ${name} is missing`];
    if ('missing' in finding) return [`table ${name} can't be compared: ${finding.missing}`];
    if (table.rows !== null && finding.rows !== table.rows)
      return [
        `table ${name} has ${finding.rows} ${finding.rows === 1 ? 'row' : 'rows'}, the set recorded ${table.rows}`,
      ];
    if (table.digest !== null && finding.digest !== table.digest)
      return [
        `table ${name}: its rows are not those of the set (${finding.why ?? 'the digests differ'})`,
      ];
    return [];
  });
};

/** Tables that are there although the set does not know them, a sentence for each. */
export const strangers = (
  {tables, skipped}: Pick<Manifest, 'tables' | 'skipped'>,
  present: readonly {readonly schema: string; readonly name: string}[],
): readonly string[] => {
  const known = new Set(tables.map(displayName));
  const leftOut = new Set(skipped.map(({what}) => what));
  return present
    .map(displayName)
    .filter((name) => !known.has(name) && !leftOut.has(`rows of ${name}`))
    .map((name) => `table ${name} is not in the set`);
};

/** Tables whose rows can't be proven, and why: nothing is wrong, but the set is no proven one. */
export const unprovable = ({
  tables,
  digest,
}: Pick<Manifest, 'tables' | 'digest'>): readonly string[] => {
  if (digest.algorithm === 'rows') return ['only rows were counted (--fingerprint rows)'];
  if (digest.algorithm === 'none') return ['no digests were taken (--fingerprint none)'];
  return tables
    .filter((table) => table.digest === null)
    .map((table) => `${displayName(table)} has no digest: ${table.why ?? 'none was taken'}`);
};

export type SequenceFinding = {
  readonly schema: string;
  readonly name: string;
  readonly position: SequenceRecord['first'] | undefined;
};

/**
 * Sequences move while a dump runs, so a restored one lies between what was read before and after;
 * on a quiet database that is one exact value.
 */
export const compareSequences = (
  recorded: readonly SequenceRecord[],
  found: readonly SequenceFinding[],
): readonly string[] => {
  const byName = new Map(found.map((sequence) => [displayName(sequence), sequence.position]));
  return recorded.flatMap((sequence) => {
    const name = displayName(sequence);
    const position = byName.get(name);
    if (!position) return [`sequence ${name} is missing`];
    return isBetween(position, sequence)
      ? []
      : [
          `sequence ${name} stands at ${tell(position)}, the set recorded ${tell(sequence.first)}${isMoving(sequence) ? ` to ${tell(sequence.last)}` : ''}`,
        ];
  });
};

const isMoving = ({first, last}: SequenceRecord) =>
  first.value !== last.value || first.isCalled !== last.isCalled;

const isBetween = (position: SequenceRecord['first'], sequence: SequenceRecord): boolean => {
  const {first, last, increment, isCycling} = sequence;
  if (!isMoving(sequence))
    return position.value === first.value && position.isCalled === first.isCalled;
  if (isCycling) return true;
  const sign = increment.startsWith('-') ? -1n : 1n;
  const [low, at, high] = [first, position, last].map(({value}) => BigInt(value) * sign);
  return low !== undefined && at !== undefined && high !== undefined && low <= at && at <= high;
};

const tell = ({value, isCalled}: SequenceRecord['first']) =>
  `${value}${isCalled ? '' : ' (not yet called)'}`;

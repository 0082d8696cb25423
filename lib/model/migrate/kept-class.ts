/**
 * How the class that SQLite had a value in (`typeof`) is known again on the way back. Mostly by the column: all
 * values of one class, or numbers that its affinity makes what they were. Where neither says it, a second
 * column keeps it.
 * https://www.sqlite.org/datatype3.html
 */
import type {Choice} from './choose-type.ts';
import type {Affinity} from './declared-type.ts';
import {classesOf, countOf, type Profile, type StorageClass} from './profile.ts';

export type ValueClass = Exclude<StorageClass, 'null'>;

export type KeptClass = {
  /** Every value's class; `affinity`: what the column makes of it; `column`: a second column says it. */
  readonly by: ValueClass | 'affinity' | 'column';
  /** What a value is whose class nobody has noted. */
  readonly usual: ValueClass;
};

/** Affinities that make a number of a text that looks like one. */
export const isNumeric = (affinity: Affinity): boolean =>
  affinity === 'integer' || affinity === 'numeric' || affinity === 'real';

export const keptClass = (
  {form}: Pick<Choice, 'form'>,
  profile: Profile,
  affinity: Affinity,
): KeptClass => {
  const counts = classesOf(profile);
  const usual = usualClass(profile);
  const present = Object.values(counts).filter((count) => count > 0).length;
  const isNumbers = counts.text + counts.blob === 0;
  if (profile.values === 0 || (isNumbers && isNumeric(affinity))) return {by: 'affinity', usual};
  if (present === 1) return {by: usual, usual};
  // An infinity is the same word as a text that says so.
  const isAmbiguous = counts.blob > 0 || countOf(profile, 'infinities') > 0;
  const isByAffinity = isNumeric(affinity) && form === 'text of anything' && !isAmbiguous;
  return {by: isByAffinity ? 'affinity' : 'column', usual};
};

/** The class that most of the values have: what is of another is the exception. */
export const usualClass = (profile: Profile): ValueClass =>
  (Object.entries(classesOf(profile)) as [ValueClass, number][]).toSorted(
    ([, a], [, b]) => b - a,
  )[0]?.[0] ?? 'text';

/** What parts of a table have shown, as one: sums, the least of the least, the greatest of the greatest. */
import type {FirstLook, Shown, StorageClass} from './profile.ts';

/** Of one column, seen in several parts. */
export const mergeLooks = (looks: readonly FirstLook[]): FirstLook =>
  looks.reduce((one, other) => {
    if (one.values === 0) return other;
    if (other.values === 0) return one;
    return {
      values: one.values + other.values,
      least: compareShown(one.least, other.least) <= 0 ? one.least : other.least,
      greatest: compareShown(one.greatest, other.greatest) >= 0 ? one.greatest : other.greatest,
    };
  }, unseen);

const nothing: Shown = {storage: 'null', text: ''};

/** Of a column without a value. */
export const unseen: FirstLook = {values: 0, least: nothing, greatest: nothing};

/** SQLite's own order: NULL, numbers by their value, texts by their bytes, blobs. */
const ranks: Readonly<Record<StorageClass, number>> = {
  null: 0,
  integer: 1,
  real: 1,
  text: 2,
  blob: 3,
};

/** Shown values are cut after sixty characters: those that are alike so far serve alike. */
export const compareShown = (one: Shown, other: Shown): number => {
  const rank = ranks[one.storage] - ranks[other.storage];
  if (rank !== 0) return rank;
  if (ranks[one.storage] === 1) return compareNumbers(one, other);
  return Buffer.compare(Buffer.from(one.text), Buffer.from(other.text));
};

const compareNumbers = (one: Shown, other: Shown): number => {
  if (one.storage === 'integer' && other.storage === 'integer') {
    const [first, second] = [BigInt(one.text), BigInt(other.text)];
    return first < second ? -1 : Number(first > second);
  }
  return numberOf(one) - numberOf(other) || 0;
};

/** SQLite calls infinity `Inf`. */
const numberOf = ({text}: Shown): number => Number(text.replace(/Inf$/, 'Infinity'));

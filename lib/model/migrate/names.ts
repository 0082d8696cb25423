/** Names that PostgreSQL takes, made of names that SQLite took. */
import {createHash} from 'node:crypto';

/** Longer names are cut off without a word. https://www.postgresql.org/docs/current/limits.html */
const longest = 63;

/** Every table has columns of these names already. https://www.postgresql.org/docs/current/ddl-system-columns.html */
const system = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

export type NameStyle = 'keep' | 'fold';

/** Hands out names that are free, each once. */
export type Namer = {
  /** The name itself where it can be; else shortened with a hash, or with a number behind. */
  nameFor(wanted: string): string;
};

/** For one schema's relations, or the columns of one table. */
export const createNamer = ({
  style,
  of,
}: {
  style: NameStyle;
  of: 'relations' | 'columns';
}): Namer => {
  const taken = new Set<string>(of === 'columns' ? system : []);
  return {
    nameFor(wanted) {
      const plain = wanted === '' ? 'unnamed' : style === 'fold' ? wanted.toLowerCase() : wanted;
      const base = shortened(plain);
      let name = base;
      for (let number = 2; taken.has(name); number += 1) name = shortened(`${base}_${number}`);
      taken.add(name);
      return name;
    },
  };
};

/** The same name gets the same hash each time. */
const shortened = (name: string): string => {
  if (Buffer.byteLength(name) <= longest) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  let kept = '';
  for (const character of name) {
    if (Buffer.byteLength(kept + character) > longest - hash.length - 1) break;
    kept += character;
  }
  return `${kept}_${hash}`;
};

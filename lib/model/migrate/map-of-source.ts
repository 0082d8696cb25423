/** One map for several databases: `users` is the table of that name in any of them, `shop.users` that of `shop.db`. */
import type {Known} from './map-known.ts';
import {assertNone} from './map-meant.ts';
import {atLine, type MigrateMap, type TableWish} from './migrate-map.ts';

/** A database is called by its file's name, as ATTACH would; a second of the same name by a number behind. */
export const aliasesOf = (files: readonly string[]): readonly string[] => {
  const taken = new Set<string>();
  return files.map((file) => {
    const base = (file.split('/').at(-1) ?? '').replace(/\.(db|sqlite3?)$/i, '') || 'main';
    let alias = base;
    for (let number = 2; taken.has(alias.toLowerCase()); number += 1) alias = `${base}_${number}`;
    taken.add(alias.toLowerCase());
    return alias;
  });
};

type Owned = {readonly alias: string; readonly known: readonly Known[]};

const startsWith = (key: string, alias: string): boolean =>
  key.toLowerCase().startsWith(`${alias.toLowerCase()}.`);

const isKnown = (known: readonly Known[], key: string): boolean =>
  known.some(({table}) => table.toLowerCase() === key.toLowerCase());

/** What a map says of one of the databases, by the names that its tables have there; without what spans them. */
export const mapOfSource = (map: MigrateMap, {alias, known}: Owned): MigrateMap => {
  const keys = new Map<string, string>();
  const tables: Record<string, TableWish> = {};
  const own = Object.entries(map.tables ?? {}).toSorted(
    ([a], [b]) => Number(startsWith(b, alias)) - Number(startsWith(a, alias)),
  );
  for (const [key, wish] of own) {
    const isOwn = startsWith(key, alias);
    const name = isOwn ? key.slice(alias.length + 1) : key;
    // Said of it alone before what is said of all.
    if (!isOwn && (!isKnown(known, key) || keys.has(name.toLowerCase()))) continue;
    keys.set(name.toLowerCase(), key);
    tables[name] = wish;
  }
  const {lineOf, after, ...rest} = map;
  const found: MigrateMap = {...rest, tables};
  if (!lineOf) return found;
  return {
    ...found,
    lineOf: ([top = '', table = '', ...path]) =>
      lineOf([top, keys.get(table.toLowerCase()) ?? table, ...path]),
  };
};

/** Errors: settings for a key that none of the databases has. */
export const assertKnownSomewhere = (map: MigrateMap, sources: readonly Owned[]): void =>
  assertNone(
    Object.keys(map.tables ?? {}).flatMap((key) => {
      const isThere = sources.some(
        ({alias, known}) => startsWith(key, alias) || isKnown(known, key),
      );
      const line = atLine(map.lineOf?.(['tables', key]));
      return isThere ? [] : [`${line}there is no table '${key}' in the sources`];
    }),
  );

/**
 * Keys of Redis as rows of a table of their own: taken out of `json_store` when that has been compared, and only where
 * every one of them can be put together again from its row as it was.
 */
import type {Finish} from '../model/migrate/incoming.ts';
import {type KeyWish, prefixOf} from '../model/migrate/key-wish.ts';
import {redisColumns, storeName} from '../model/migrate/store-row.ts';
import {identifier, literal, qualified} from './sql.ts';

/** The table, its rows, the proof, and only then the keys gone from `json_store`. */
export const keyTable = (wish: KeyWish): Finish => {
  const {table, match, key} = wish;
  return {
    ...{kind: 'table', what: `table '${table}' of the keys '${match}'`, makes: table},
    otherwise: 'fail',
    statements: [
      `CREATE TABLE ${identifier(table)} (${definitions(wish).join(', ')})`,
      ...unplaced(wish),
      `INSERT INTO ${identifier(table)} SELECT ${values(wish).join(', ')} FROM ${storeName} s WHERE ${isMeant(wish)}`,
      raiseWhere(
        `SELECT kind FROM ((${original(wish)} EXCEPT ALL ${rebuilt(wish, identifier(table))}) UNION ALL (${rebuilt(wish, identifier(table))} EXCEPT ALL ${original(wish)})) d`,
        `keys of ${match} would come back otherwise than they are: give their columns other types`,
      ),
      `DELETE FROM ${storeName} s WHERE ${isMeant(wish)}`,
      `ALTER TABLE ${identifier(table)} ADD PRIMARY KEY (${identifier(key.name)})`,
    ],
  };
};

/** All keys as `json_store` had them: what is in it, and what has a table of its own. */
export const allKeys = (schema: string, wishes: readonly KeyWish[]): string => {
  const columns = redisColumns.map(({name}) => name);
  const parts = wishes.map((wish) => {
    const own: Readonly<Record<string, string>> = {
      ...{kind: 'kind', data: 'data::jsonb', expires_at: 'expires_at'},
      ...{type: literal(typeOf(wish)), encoding: literal(encodingOf(wish))},
      db: `${wish.database}::smallint`,
    };
    const said = columns.map((name) => own[name] ?? 'NULL');
    return `SELECT ${said.join(', ')} FROM (${rebuilt(wish, qualified({schema, name: wish.table}))}) r`;
  });
  return [
    `SELECT ${columns.join(', ')} FROM ${qualified({schema, name: storeName})}`,
    ...parts,
  ].join(' UNION ALL ');
};

const typeOf = ({of}: KeyWish) => (of === 'hash' ? 'hash' : 'string');
const encodingOf = ({of}: KeyWish) => (of === 'hash' ? 'text' : 'json');

/** Single fields that go by themselves have no column. */
const isMeant = (wish: KeyWish): string => {
  const prefix = prefixOf(wish);
  return [
    `left(s.kind, ${[...prefix].length}) = ${literal(prefix)} COLLATE "C"`,
    `s.type = ${literal(typeOf(wish))} AND s.encoding = ${literal(encodingOf(wish))}`,
    `s.db = ${wish.database} AND s.fields_expire_at IS NULL AND jsonb_typeof(s.data) = 'object'`,
  ].join(' AND ');
};

const columnsOf = ({columns}: KeyWish) =>
  Object.entries(columns).map(([name, {field = name, type}]) => ({name, field, type}));

const definitions = (wish: KeyWish): readonly string[] => [
  `${identifier(wish.key.name)} ${wish.key.type}`,
  ...columnsOf(wish).map(({name, type}) => `${identifier(name)} ${type}`),
  ...(wish.rest === undefined ? [] : [`${identifier(wish.rest)} jsonb`]),
  ...(wish.expires === undefined ? [] : [`${identifier(wish.expires)} timestamp with time zone`]),
];

const isJson = (type: string): boolean => /^jsonb?$/i.test(type.trim());

const values = (wish: KeyWish): readonly string[] => [
  `substr(s.kind, ${[...prefixOf(wish)].length + 1})::${wish.key.type}`,
  ...columnsOf(wish).map(({field, type}) =>
    wish.of === 'document' && isJson(type)
      ? `(s.data -> ${literal(field)})::${type}`
      : `(s.data ->> ${literal(field)})::${type}`,
  ),
  ...(wish.rest === undefined ? [] : [others(wish)]),
  ...(wish.expires === undefined ? [] : ['s.expires_at']),
];

const others = (wish: KeyWish): string =>
  `s.data - ARRAY[${columnsOf(wish)
    .map(({field}) => literal(field))
    .join(', ')}]::text[]`;

/** What has no place in the table ends the run: nothing of a key is dropped. */
const unplaced = (wish: KeyWish): readonly string[] => [
  ...(wish.rest === undefined
    ? [
        raiseWhere(
          `SELECT kind FROM ${storeName} s WHERE ${isMeant(wish)} AND ${others(wish)} <> '{}'`,
          `keys of ${wish.match} have fields that no column is for: name them, or a column for the rest`,
        ),
      ]
    : []),
  ...(wish.expires === undefined
    ? [
        raiseWhere(
          `SELECT kind FROM ${storeName} s WHERE ${isMeant(wish)} AND s.expires_at IS NOT NULL`,
          `keys of ${wish.match} have a time to live: name a column for it (expires)`,
        ),
      ]
    : []),
];

const raiseWhere = (query: string, message: string): string =>
  `DO ${literal(`DECLARE odd record; BEGIN
    SELECT count(DISTINCT kind) AS n, min(kind) AS one INTO odd FROM (${query}) q;
    IF odd.n > 0 THEN RAISE EXCEPTION '% %, such as %', odd.n, ${literal(message)}, left(odd.one, 100); END IF; END`)}`;

const original = (wish: KeyWish): string =>
  `SELECT s.kind, s.data::text AS data, s.expires_at FROM ${storeName} s WHERE ${isMeant(wish)}`;

/** From the rows of the table alone. */
const rebuilt = (wish: KeyWish, place: string): string => {
  const members = columnsOf(wish).map(({name, field, type}) => {
    const value = `t.${identifier(name)}`;
    const said = wish.of === 'document' ? `to_jsonb(${value})` : `to_jsonb(${value}::text)`;
    return `(${literal(field)}, ${isJson(type) && wish.of === 'document' ? `${value}::jsonb` : said})`;
  });
  const own =
    members.length === 0
      ? `'{}'::jsonb`
      : `(SELECT coalesce(jsonb_object_agg(m.k, m.v), '{}') FROM (VALUES ${members.join(', ')}) AS m (k, v) WHERE m.v IS NOT NULL)`;
  const rest = wish.rest === undefined ? '' : ` || coalesce(t.${identifier(wish.rest)}, '{}')`;
  const expires =
    wish.expires === undefined ? 'NULL::timestamptz' : `t.${identifier(wish.expires)}`;
  return `SELECT ${literal(prefixOf(wish))} || t.${identifier(wish.key.name)}::text AS kind, (${own}${rest})::text AS data, ${expires} AS expires_at FROM ${place} t`;
};

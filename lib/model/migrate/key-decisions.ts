/** What a map makes of keys of Redis, for the plan. */
import {type KeyWish, prefixOf} from './key-wish.ts';
import type {Decision} from './plan-text.ts';

export const keyDecisions = (wish: KeyWish): readonly Decision[] => {
  const {match, table, key, columns, rest, expires, of} = wish;
  const field = of === 'hash' ? 'field' : 'member';
  const all: readonly (readonly [name: string, type: string, why: string])[] = [
    [key.name, key.type, `what stands behind '${prefixOf(wish)}'; the primary key`],
    ...Object.entries(columns).map(
      ([name, column]) =>
        [name, column.type, `the ${field} '${column.field ?? name}' of the ${of}`] as const,
    ),
    ...(rest === undefined ? [] : [[rest, 'jsonb', `all other ${field}s`] as const]),
    ...(expires === undefined
      ? []
      : [[expires, 'timestamp with time zone', 'when the key expires'] as const]),
  ];
  return all.map(([name, type, why]) => ({
    ...{
      table: `${match} → ${table}`,
      column: name,
      declared: '',
      tableName: table,
      name,
      type,
      why,
    },
    ...{isWidened: false, values: 0, nulls: 0, least: '', greatest: '', samples: []},
  }));
};

/** Values that made a column wider than it was declared: some of each, as evidence. */
import {otherValues} from '../../commands/migrate-profile.ts';
import {askSqlite} from '../../io/sources/sqlite.ts';
import {usualClass} from '../../model/migrate/kept-class.ts';
import type {NamedTable} from '../../model/migrate/sqlite-table.ts';
import type {Context} from '../context.ts';
import type {Reading} from './profile-tables.ts';

export type Sample = {
  readonly table: string;
  readonly column: string;
  readonly at: string;
  readonly class: string;
  readonly value: string;
};

export const samplesOf = async (
  {shell}: Context,
  reading: Reading,
  named: readonly NamedTable[],
): Promise<readonly Sample[]> => {
  const asked = named.flatMap(({fact, columns}) =>
    columns
      .filter(({choice}) => choice.form.endsWith('of anything'))
      .map(({fact: {name: column}, profile}) => ({
        ...{table: fact.name, column, storage: usualClass(profile)},
        at: fact.isWithoutRowid ? "''" : 'rowid',
      })),
  );
  const samples: Sample[] = [];
  for (const {table, column, storage, at} of asked)
    for (const line of await askSqlite(shell, reading, [otherValues(table, {column, storage, at})]))
      samples.push({table, column, ...(JSON.parse(line) as Omit<Sample, 'table' | 'column'>)});
  return samples;
};

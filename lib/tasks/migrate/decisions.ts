import {inPlural} from '../../model/amounts.ts';
import type {Decision} from '../../model/migrate/plan-text.ts';
import type {SqliteSource} from './sqlite-source.ts';

/** Every column's type with what it rests on, in the order of the source. */
export const decisionsOf = ({named, samples}: SqliteSource): readonly Decision[] =>
  named.flatMap(({fact: {name: table}, name: tableName, columns, rows}) =>
    columns.map(({fact, name, choice, profile, wished, generates}) => ({
      ...{table, column: fact.name, declared: fact.type, values: profile.values},
      ...{tableName, name, type: wished ?? choice.type, isWidened: choice.isWidened},
      why:
        wished === undefined
          ? choice.why
          : `--map; as ${choice.type} while it is compared${generates === undefined ? '' : `; ${inPlural(generates, 'empty cell')} then filled with UUIDs`}`,
      nulls: rows - profile.values,
      least: profile.least.text,
      greatest: profile.greatest.text,
      samples: samples
        .filter((sample) => sample.table === table && sample.column === fact.name)
        .map(({at, class: storage, value}) => ({at, class: storage, value})),
    })),
  );

/** What becomes of the rows that a table of the target has already, and in which order tables are filled. */
import type {MigrateMap} from './migrate-map.ts';
import {tableWish} from './migrate-map.ts';
import type {Matched, Refusal} from './seeded.ts';
import type {TargetTable} from './target-table.ts';

/** What the operator wants where a table has rows. */
export type OnExisting = 'refuse' | 'truncate' | 'append';

/** `fill`: there is none. */
export type How = 'fill' | 'refuse' | 'truncate' | 'append';

export type RowPlan = {
  readonly source: string;
  readonly name: string;
  readonly how: How;
  /** In the target now. */
  readonly present: number;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  readonly target: TargetTable;
  /** Of AUTOINCREMENT: the highest id that there ever was. */
  readonly highWater: string | undefined;
};

export type Planning = {
  readonly map: MigrateMap;
  readonly onExisting: OnExisting;
  readonly present: ReadonlyMap<string, number>;
  readonly highWaters: ReadonlyMap<string, bigint>;
};

export const planRows = (
  matched: readonly Matched[],
  {map, onExisting, present, highWaters}: Planning,
): readonly RowPlan[] =>
  matched.map(({source, target, columns}) => {
    const rows = present.get(target.name) ?? 0;
    const wanted = tableWish(map, source)?.['on-existing'] ?? onExisting;
    return {
      ...{source, name: target.name, columns, target, present: rows},
      how: rows === 0 ? 'fill' : wanted,
      key: target.keys.find((key) => key.every((column) => columns.includes(column))) ?? [],
      highWater: highWaters.get(source)?.toString(),
    };
  });

/** What can't be done as planned, whatever the rights. */
export const rowRefusals = (
  plans: readonly RowPlan[],
  {schema}: {schema: string},
): readonly Refusal[] =>
  plans.flatMap((plan): readonly Refusal[] => {
    const {name, how, key, target} = plan;
    if (target.isInherited)
      return [
        {
          what: `'${name}' shares its rows with other tables by inheritance`,
          hint: 'bring its rows by hand, or leave it out with --exclude',
        },
      ];
    if (how === 'append' && key.length === 0)
      return [
        {
          what: `'${name}' has no key by which rows that are there could be known`,
          hint: `empty it first: on-existing: truncate in the map`,
        },
      ];
    if (how !== 'truncate') return [];
    const emptied = (child: string) =>
      plans.some((other) => other.how === 'truncate' && `${schema}.${other.name}` === child);
    return target.children
      .filter((child) => child !== `${schema}.${name}` && !emptied(child))
      .map((child) => ({
        what: `'${child}' refers to '${name}', which can't be emptied without it`,
        hint: `empty '${child}' too (--on-existing truncate), or append to '${name}'`,
      }));
  });

/** A line for each table that has rows: what a refusal says. */
export const refusedLines = (plans: readonly RowPlan[]): readonly string[] =>
  plans
    .filter(({how}) => how === 'refuse')
    .map(
      ({name, present}) => `table '${name}' with ${present === 1 ? '1 row' : `${present} rows`}`,
    );

/** Parents before children; tables that refer to each other in a circle together. */
export const fillOrder = (plans: readonly RowPlan[]): readonly (readonly RowPlan[])[] => {
  const groups: (readonly RowPlan[])[] = [];
  let left = [...plans];
  while (left.length > 0) {
    const isFree = ({name, target}: RowPlan) =>
      target.parents.every(
        (parent) => parent === name || !left.some((other) => other.name === parent),
      );
    const free = left.filter(isFree);
    // What remains refers to itself by others: one statement, whose end is when the server looks.
    groups.push(...(free.length > 0 ? free.map((plan) => [plan]) : [left]));
    left = free.length > 0 ? left.filter((plan) => !free.includes(plan)) : [];
  }
  return groups;
};

const told: Readonly<Record<How, (present: string) => string>> = {
  fill: () => 'fills the empty table',
  refuse: (present) => `refused: it has ${present}`,
  truncate: (present) => `empties it first: ${present}, kept beside`,
  append: (present) => `appends what is missing to ${present}`,
};

export const rowPlanText = ({how, present}: Pick<RowPlan, 'how' | 'present'>): string =>
  told[how](present === 1 ? '1 row' : `${present} rows`);

/** The two ends of a foreign key have to be of types that compare: where they are not, one of them follows. */
import type {Choice} from './choose-type.ts';
import {countOf, type Profile} from './profile.ts';

export type End = {readonly table: string; readonly column: string};
export type Link = {readonly child: End; readonly parent: End};

export type Column = {
  readonly choice: Choice;
  readonly profile: Profile;
  readonly collation: string | undefined;
};

type Family = 'number' | 'text' | string;

const familyOf = ({type}: Choice): Family => {
  if (/^(smallint|integer|bigint|numeric|double precision)$/.test(type)) return 'number';
  return type === 'text' || type.startsWith('character') ? 'text' : type;
};

export const keyOfEnd = ({table, column}: End): string => JSON.stringify([table, column]);

/** The columns by `keyOfEnd`, changed where a foreign key asks for it. */
export const align = (
  columns: ReadonlyMap<string, Column>,
  links: readonly Link[],
): ReadonlyMap<string, Column> => {
  const aligned = new Map(columns);
  // A change of one end may ask for one of the next: at most as often as there are links.
  for (const _ of links) {
    const before = [...aligned.values()];
    for (const link of links) alignOne(aligned, link);
    if (before.every((column) => [...aligned.values()].includes(column))) break;
  }
  return aligned;
};

const alignOne = (columns: Map<string, Column>, {child, parent}: Link): void => {
  const [own, theirs] = [columns.get(keyOfEnd(child)), columns.get(keyOfEnd(parent))];
  if (!own || !theirs) return;
  if (familyOf(own.choice) === familyOf(theirs.choice)) {
    if (own.collation !== theirs.collation && familyOf(own.choice) === 'text')
      columns.set(keyOfEnd(child), {...own, collation: theirs.collation});
    return;
  }
  const followed = follow(own, theirs);
  if (followed) columns.set(keyOfEnd(child), {...own, choice: followed});
  else if (followsText(theirs, own))
    columns.set(keyOfEnd(parent), {...theirs, choice: asText(theirs)});
  else if (followsText(own, theirs)) columns.set(keyOfEnd(child), {...own, choice: asText(own)});
};

/** An empty column takes any type; texts that are whole numbers take that of the numbers that they refer to. */
const follow = ({profile, choice}: Column, {choice: theirs}: Column): Choice | undefined => {
  if (profile.values === 0)
    return {...theirs, why: 'no value to go by; of the type that it refers to', isWidened: false};
  const isWhole =
    familyOf(choice) === 'text' && countOf(profile, 'integerTexts') === profile.values;
  return isWhole && theirs.form === 'integer'
    ? {
        ...{type: 'bigint', form: 'integer text', isWidened: false},
        why: 'texts that are whole numbers, like the column that it refers to',
      }
    : undefined;
};

const followsText = ({choice}: Column, other: Column): boolean =>
  familyOf(other.choice) === 'text' && ['text form', 'json', 'array'].includes(choice.form);

const asText = ({choice}: Column): Choice => ({
  ...{type: 'text', form: 'text', isWidened: false},
  why: `would be ${choice.type} by its values, but is compared with texts by a foreign key`,
});

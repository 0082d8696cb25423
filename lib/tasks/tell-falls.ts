/** The alarm in words. */
import {printable} from '../model/redact.ts';
import type {Pruned} from './prune.ts';

const mostTables = 10;

/** What fell, in which tables, and what ends the alarm: one text for each fall. */
export const tellFalls = (falls: Pruned['falls']): readonly string[] =>
  factsOf(falls).map(
    (fact, index) =>
      `${fact}. Until you say otherwise no set is removed: ${adviceOn(falls.slice(index, index + 1))}`,
  );

/** How to look at falls, and what ends the alarm. */
export const adviceOn = (falls: Pruned['falls']): string => {
  const looks = falls.map(({before, newest}) => `\`pgkeep diff ${before} ${newest}\``);
  return `look with ${looks.join(', ')}; if it is meant to be so, run \`pgkeep prune --allow-large-prune\``;
};

/** What fell, in which tables: a sentence for each fall. */
export const factsOf = (falls: Pruned['falls']): readonly string[] =>
  falls.map(({figures, before, newest, tables}) => {
    const named = tables.slice(0, mostTables).map((text) => printable(text));
    const more = tables.length > mostTables ? [`${tables.length - mostTables} more tables`] : [];
    const which = named.length > 0 ? `: ${[...named, ...more].join('; ')}` : '';
    return `${figures.join(' and ')} (${before} to ${newest})${which}`;
  });

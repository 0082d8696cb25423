/** What a source holds otherwise than when it was read, from the lines that one reading alone has. */
import {inCount} from '../amounts.ts';
import {printable} from '../redact.ts';

export type Since = {
  readonly changed: number;
  readonly gone: number;
  readonly added: number;
  /** The kinds of some of them, of each sort. */
  readonly some: Readonly<Record<'changed' | 'gone' | 'added', readonly string[]>>;
};

const shown = 5;

/**
 * Hears the output of `comm -3`: lines of the first reading as they are, of the second behind a tab. A key whose
 * line is in both ways has changed.
 */
export const sinceOf = () => {
  const before = new Set<string>();
  const after = new Set<string>();
  let rest = '';
  const take = (line: string) => {
    const isAfter = line.startsWith('\t');
    const [kind = '', ...cells] = (isAfter ? line.slice(1) : line).split('\t');
    // The last cell is the database.
    (isAfter ? after : before).add(JSON.stringify([kind, cells.at(-1)]));
  };
  return {
    hear: (chunk: Buffer): void => {
      const lines = `${rest}${chunk.toString('latin1')}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    },
    end: (): Since => {
      const changed = [...before].filter((key) => after.has(key));
      const gone = [...before].filter((key) => !after.has(key));
      const added = [...after].filter((key) => !before.has(key));
      const some = {changed: named(changed), gone: named(gone), added: named(added)};
      return {changed: changed.length, gone: gone.length, added: added.length, some};
    },
  };
};

const named = (keys: readonly string[]): readonly string[] =>
  keys.slice(0, shown).map((key) => {
    const [kind = ''] = JSON.parse(key) as readonly string[];
    return printable(Buffer.from(kind, 'latin1').toString('utf8'));
  });

/** `2 keys changed ('a', 'b'), 1 was added ('c')`; nothing where nothing has. */
export const sinceLine = ({some, ...counts}: Since): string => {
  const parts = (['changed', 'gone', 'added'] as const).flatMap((what) => {
    const count = counts[what];
    if (count === 0) return [];
    const names = some[what].map((name) => `'${name}'`).join(', ');
    return [`${inCount(count)} ${what} (${names}${count > shown ? ', …' : ''})`];
  });
  return parts.join(', ');
};

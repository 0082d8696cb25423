/**
 * A view that stands before a table and shows its rows as they shall come: without those that were rejected, with
 * the cells that were changed. All that reads the table by its name reads the view then; the file itself is not written.
 */
import type {Deed} from '../model/migrate/policy.ts';
import {sqliteName, sqliteText} from './sqlite.ts';

/** One kind of value of one column that is not taken as it is. */
export type Trouble = {
  readonly column: string;
  readonly deed: Deed;
  /** In a sentence, for people. */
  readonly reason: string;
  /** 1 where a value, which is not NULL, is so. */
  readonly isSo: string;
  /** What it becomes, where it is neither taken out nor NULL. */
  readonly becomes?: string;
};

/** The same but for empty texts. */
export const unlessEmpty = (trouble: Trouble): Trouble => ({
  ...trouble,
  isSo: `(${trouble.isSo}) AND ${sqliteName(trouble.column)} <> '' COLLATE BINARY`,
});

/** A column whose values are written otherwise: as those of its type. */
export type Written = {readonly column: string; readonly write: string};

export type Sieve = {
  readonly table: string;
  readonly columns: readonly string[];
  /** Undefined: rows are known by their rowid. */
  readonly key: readonly string[] | undefined;
  readonly troubles: readonly Trouble[];
  readonly written: readonly Written[];
};

const is = (condition: string) => `coalesce((${condition}), 0)`;
const happens = ({column, isSo}: Trouble) => `(${sqliteName(column)} IS NOT NULL AND ${is(isSo)})`;

/** Texts first lose what no text holds: what a type makes of them is asked of the rest. */
const isOfText = ({deed}: Trouble) => ['strip', 'escape', 'replace'].includes(deed);

const rowidOf = ({columns, key}: Sieve): readonly string[] =>
  key === undefined && !columns.some((name) => name.toLowerCase() === 'rowid')
    ? ['rowid AS "rowid"']
    : [];

/** The rows of the table itself, texts cleaned one after the other. */
const cleaned = (sieve: Sieve): string => {
  const bare = `main.${sqliteName(sieve.table)} NOT INDEXED`;
  return sieve.troubles.filter(isOfText).reduce((from, trouble) => {
    const cells = sieve.columns.map((name) =>
      name === trouble.column
        ? `CASE WHEN ${happens(trouble)} THEN ${trouble.becomes} ELSE ${sqliteName(name)} END AS ${sqliteName(name)}`
        : sqliteName(name),
    );
    return `(SELECT ${[...rowidOf(sieve), ...cells].join(', ')} FROM ${from})`;
  }, bare);
};

/** In the order of the table, as without it. */
export const sieveView = (sieve: Sieve): string => {
  const cells = sieve.columns.map((name) => `${cellOf(sieve, name)} AS ${sqliteName(name)}`);
  const rejects = sieve.troubles.filter(({deed}) => deed === 'reject').map(happens);
  const where = rejects.length === 0 ? '' : ` WHERE NOT (${rejects.join(' OR ')})`;
  return `CREATE TEMP VIEW ${sqliteName(sieve.table)} AS SELECT ${[...rowidOf(sieve), ...cells].join(', ')} FROM ${cleaned(sieve)}${where}`;
};

const cellOf = ({troubles, written}: Sieve, name: string): string => {
  const own = sqliteName(name);
  const nulls = troubles.filter(({column, deed}) => column === name && deed === 'null');
  const write = written.find(({column}) => column === name)?.write;
  const value = write === undefined ? own : `CASE WHEN ${own} IS NOT NULL THEN ${write} END`;
  return nulls.length === 0
    ? value
    : `CASE WHEN NOT (${nulls.map(happens).join(' OR ')}) THEN ${value} END`;
};

/** Numbers, one a line: the rows, those that are rejected, then for each trouble how often it happens. */
export const sieveCounts = (sieve: Sieve): string => {
  const rejects = sieve.troubles.filter(({deed}) => deed === 'reject').map(happens);
  const counts = [
    'count(*)',
    rejects.length === 0 ? '0' : `coalesce(sum(${rejects.join(' OR ')}), 0)`,
    ...sieve.troubles
      .filter((trouble) => !isOfText(trouble))
      .map((trouble) => `coalesce(sum(${happens(trouble)}), 0)`),
  ];
  return `SELECT ${counts.join(', ')} FROM ${cleaned(sieve)}`;
};

/** Of texts that are cleaned, one number each: asked before the next cleaning changes them. */
export const sieveCleaningCounts = (sieve: Sieve): readonly string[] =>
  sieve.troubles
    .filter(isOfText)
    .map(
      (trouble, at, all) =>
        `SELECT coalesce(sum(${happens(trouble)}), 0) FROM ${cleaned({...sieve, troubles: all.slice(0, at)})}`,
    );

/** The troubles as `sieveCounts` and then `sieveCleaningCounts` answer them. */
export const inOrderOfCounts = ({troubles}: Pick<Sieve, 'troubles'>): readonly Trouble[] => [
  ...troubles.filter((trouble) => !isOfText(trouble)),
  ...troubles.filter(isOfText),
];

const shownBytes = 200;

/** One JSON object a line for each cell that met with something: where, what it was, and why. */
export const sieveRecords = (sieve: Sieve): readonly string[] =>
  inOrderOfCounts(sieve).map((trouble) => {
    const texts = sieve.troubles.filter(isOfText);
    // As it was before it was cleaned.
    const troubles = isOfText(trouble) ? texts.slice(0, texts.indexOf(trouble)) : texts;
    const from = cleaned({...sieve, troubles});
    const name = sqliteName(trouble.column);
    const place =
      sieve.key === undefined
        ? `'rowid', rowid`
        : `'key', json_array(${sieve.key.map((column) => shown(sqliteName(column))).join(', ')})`;
    return `SELECT json_object('table', ${sqliteText(sieve.table)}, ${place}, 'column', ${sqliteText(trouble.column)}, 'deed', ${sqliteText(trouble.deed)}, 'class', typeof(${name}), 'value', ${shown(name)}, 'bytes', length(CAST(${name} AS BLOB)), 'reason', ${sqliteText(trouble.reason)}) FROM ${from} WHERE ${happens(trouble)}`;
  });

/** A text as it is where JSON can say it; all else in hex, both cut off. */
const shown = (x: string): string =>
  `CASE typeof(${x}) WHEN 'integer' THEN CAST(${x} AS TEXT) WHEN 'real' THEN printf('%!.17g', ${x})
    WHEN 'text' THEN CASE WHEN instr(${x}, char(0)) > 0 OR ${isNoUtf8(`substr(${x}, 1, ${shownBytes})`)} THEN ${inHex(x)} ELSE substr(${x}, 1, ${shownBytes}) END
    WHEN 'blob' THEN ${inHex(x)} END`;

const inHex = (x: string) => `'x''' || hex(substr(CAST(${x} AS BLOB), 1, ${shownBytes})) || ''''`;

/** A letter that is read and written again is another. U+FFFE and U+FFFF are letters that SQLite does not read. */
const isBroken = (letter: string) =>
  `CAST(char(unicode(${letter})) AS BLOB) <> CAST(${letter} AS BLOB) AND CAST(${letter} AS BLOB) NOT IN (x'EFBFBE', x'EFBFBF')`;

/** The value goes in where no name is read but its own: a column may be called as anything here is. */
const lettersOf = (x: string, {start, next}: {start: string; next: string}) =>
  `WITH RECURSIVE letter(word, spot, letter, said) AS (SELECT ${x}, 1, substr(${x}, 1, 1), ${start}
    UNION ALL SELECT word, spot + 1, substr(word, spot + 1, 1), ${next} FROM letter WHERE letter.spot <= length(word))`;

export const isNoUtf8 = (x: string): string =>
  `(${lettersOf(x, {start: '0', next: `said OR (${isBroken('letter')})`})} SELECT max(said) FROM letter)`;

/** U+FFFD in the place of each letter that is none. */
export const withReplacements = (x: string): string =>
  `(${lettersOf(x, {start: `''`, next: `said || CASE WHEN ${isBroken('letter')} THEN char(65533) ELSE letter END`})} SELECT said FROM letter ORDER BY spot DESC LIMIT 1)`;

export const hasNul = (x: string): string => `typeof(${x}) = 'text' AND instr(${x}, char(0)) > 0`;

/** By bytes: to SQLite's own functions a text ends at its first NUL. */
export const withoutNuls = (x: string, instead: string): string =>
  `(WITH RECURSIVE piece(rest, said) AS (SELECT CAST(${x} AS BLOB), '' UNION ALL
    SELECT substr(rest, instr(rest, x'00') + 1), said || CAST(substr(rest, 1, instr(rest, x'00') - 1) AS TEXT) || ${sqliteText(instead)} FROM piece WHERE instr(rest, x'00') > 0)
    SELECT said || CAST(rest AS TEXT) FROM piece WHERE instr(rest, x'00') = 0)`;

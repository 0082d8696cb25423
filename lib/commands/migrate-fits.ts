/**
 * Whether a value of SQLite becomes one of a type of PostgreSQL and nothing of it is lost, said in SQLite's
 * words: a condition on the column, and the value as it is written then. No JavaScript looks at a cell.
 */
import type {Family, TypeShape} from '../model/migrate/type-family.ts';
import {sqliteText} from './sqlite.ts';

export type Fit = {
  /** 1 where the value becomes one of the type; NULL and 0 else. */
  readonly fits: string;
  /** The value as it is written then. */
  readonly write: string;
  /** 1 where it is written as it is. */
  readonly isAsIs: string;
};

/** `x` is a column, or an expression that SQLite takes for one. */
export const fitOf = ({family, sizes, labels}: TypeShape, x: string): Fit =>
  fits[family](x, {sizes, labels});

type Limits = Omit<TypeShape, 'family'>;

const isOf = (x: string, ...storages: readonly string[]) =>
  storages.length === 1
    ? `typeof(${x}) = '${storages[0]}'`
    : `typeof(${x}) IN (${storages.map((storage) => `'${storage}'`).join(', ')})`;

/** The same class all through, where it fits. */
const asIs = (fits: string, x: string): Fit => ({fits, write: x, isAsIs: fits});

/** `12`, `-3`; not `007`, `+5` or ` 1`: they would come back otherwise. */
const isWholeText = (x: string) => `CAST(CAST(${x} AS INTEGER) AS TEXT) = ${x}`;

const whole =
  (least: string, greatest: string) =>
  (x: string): Fit => {
    const number = `CAST(${x} AS INTEGER)`;
    const isReal = `${x} = ${number} AND abs(${x}) <= 9007199254740992`;
    return {
      fits: `CASE typeof(${x}) WHEN 'integer' THEN 1 WHEN 'real' THEN ${isReal} WHEN 'text' THEN ${isWholeText(x)} ELSE 0 END AND ${number} BETWEEN ${least} AND ${greatest}`,
      write: number,
      isAsIs: isOf(x, 'integer'),
    };
  };

/** `-12.50`: digits, one point between them, nothing else. */
const isDecimalText = (x: string) => {
  const digits = withoutSign(x);
  return `(${digits} NOT GLOB '*[^0-9.]*' AND ${digits} GLOB '[0-9]*' AND ${digits} GLOB '*[0-9]' AND ${digits} NOT GLOB '*.*.*')`;
};
const withoutSign = (x: string) =>
  `CASE substr(${x}, 1, 1) WHEN '-' THEN substr(${x}, 2) ELSE ${x} END`;

const numeric = (x: string, {sizes: [precision, scale = 0]}: Limits): Fit => {
  if (precision === undefined)
    return asIs(
      `CASE typeof(${x}) WHEN 'text' THEN ${isDecimalText(x)} WHEN 'blob' THEN 0 ELSE 1 END`,
      x,
    );
  const room = precision - scale;
  // Without abs(), which the least of all integers has none of.
  const isSmall = `(${x} > -1e${room} AND ${x} < 1e${room})`;
  const isShort = `CAST(printf('%.${scale}f', ${x}) AS REAL) = ${x}`;
  const before = `ltrim(substr(${withoutSign(x)} || '.', 1, instr(${withoutSign(x)} || '.', '.') - 1), '0')`;
  const after = `rtrim(substr(${x} || '.', instr(${x} || '.', '.') + 1), '.0')`;
  return asIs(
    `CASE typeof(${x}) WHEN 'integer' THEN ${isSmall} WHEN 'real' THEN ${isSmall} AND ${isShort}
      WHEN 'text' THEN ${isDecimalText(x)} AND length(${before}) <= ${room} AND length(${after}) <= ${scale} ELSE 0 END`,
    x,
  );
};

/** Digits are read as SQLite's own numbers; a whole one beyond 2^53 is more than a double holds. */
const double = (x: string): Fit => ({
  fits: `CASE typeof(${x}) WHEN 'real' THEN 1 WHEN 'integer' THEN ${x} BETWEEN -9007199254740992 AND 9007199254740992
    WHEN 'text' THEN ${isDecimalText(x)} AND length(${x}) <= 15 ELSE 0 END`,
  write: `CAST(${x} AS REAL)`,
  isAsIs: isOf(x, 'real', 'integer'),
});

/** Six digits are what four bytes hold for certain; whole numbers up to 2^24. */
const real = (x: string): Fit => ({
  ...double(x),
  fits: `CASE typeof(${x}) WHEN 'blob' THEN 0 WHEN 'text' THEN ${isDecimalText(x)} AND length(${x}) <= 7
    WHEN 'integer' THEN ${x} BETWEEN -16777216 AND 16777216
    ELSE CAST(printf('%.6g', ${x}) AS REAL) = ${x} AND (${x} = 0 OR abs(${x}) BETWEEN 1e-37 AND 3e38) END`,
});

const yes = `'1', 't', 'true', 'y', 'yes', 'on'`;
const no = `'0', 'f', 'false', 'n', 'no', 'off'`;

const boolean = (x: string): Fit => ({
  fits: `CASE typeof(${x}) WHEN 'text' THEN lower(${x}) IN (${yes}, ${no}) WHEN 'blob' THEN 0 ELSE ${x} IN (0, 1) END`,
  write: `CASE WHEN typeof(${x}) = 'text' THEN lower(${x}) IN (${yes}) ELSE CAST(${x} AS INTEGER) END`,
  isAsIs: isOf(x, 'integer'),
});

/** SQLite writes fifteen digits of a fraction: 0.1 + 0.2 has seventeen. */
const isWritable = (x: string) =>
  `(typeof(${x}) <> 'real' OR CAST(CAST(${x} AS TEXT) AS REAL) = ${x})`;

/** Numbers become the texts that SQLite writes for them. A NUL is none of a text's letters. */
const text = (x: string, {sizes: [longest]}: Limits): Fit => ({
  fits: `typeof(${x}) <> 'blob' AND ${isWritable(x)} AND instr(${x}, char(0)) = 0${longest === undefined ? '' : ` AND length(${x}) <= ${longest}`}`,
  write: `CAST(${x} AS TEXT)`,
  isAsIs: isOf(x, 'text'),
});

const bytea = (x: string): Fit => ({
  fits: isOf(x, 'blob', 'text'),
  write: `CAST(${x} AS BLOB)`,
  isAsIs: isOf(x, 'blob'),
});

const day = `'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'`;

/** SQLite takes 30 February for 1 March as soon as it reckons with it; a year before 1 is none to PostgreSQL. */
const isDay = (x: string) =>
  `${x} GLOB ${day} AND date(substr(${x}, 1, 10), '+0 days') = substr(${x}, 1, 10) AND ${x} >= '0001'`;

/** More digits of a second than the type has would be rounded. */
const isExact = (x: string, [digits = 6]: readonly number[]) =>
  `${x} NOT GLOB '*.${'[0-9]'.repeat(digits + 1)}*'`;

const isMoment = (x: string, {sizes}: Limits) =>
  `${isDay(x)} AND (length(${x}) = 10 OR substr(${x}, 11, 1) IN (' ', 'T')) AND datetime(${x}) IS NOT NULL AND ${isExact(x, sizes)}`;

/** Behind the day, which has hyphens too; a blank may stand before it. */
const hasOffset = (x: string) => `substr(${x}, 11) GLOB '*[+-][0-9][0-9]:[0-9][0-9]*'`;

const ofText = (condition: (x: string, limits: Limits) => string) => (x: string, limits: Limits) =>
  asIs(`CASE typeof(${x}) WHEN 'text' THEN ${condition(x, limits)} ELSE 0 END`, x);

const hex = '[0-9a-f]';
const dashes = [8, 4, 4, 4, 12].map((count) => hex.repeat(count)).join('-');
const dashed = (x: string) =>
  [
    [1, 8],
    [9, 4],
    [13, 4],
    [17, 4],
    [21, 12],
  ]
    .map(([from, length]) => `substr(${x}, ${from}, ${length})`)
    .join(` || '-' || `);

/** Any spelling that the server reads, and sixteen bytes in the order of their digits. */
const uuid = (x: string): Fit => ({
  fits: `CASE typeof(${x}) WHEN 'blob' THEN length(${x}) = 16 WHEN 'text' THEN lower(${x}) GLOB '${dashes}' OR (length(${x}) = 32 AND lower(${x}) NOT GLOB '*[^0-9a-f]*') ELSE 0 END`,
  write: `CASE WHEN typeof(${x}) = 'blob' THEN ${dashed(`lower(hex(${x}))`)} WHEN length(${x}) = 32 THEN ${dashed(`lower(${x})`)} ELSE lower(${x}) END`,
  isAsIs: `typeof(${x}) = 'text' AND ${x} GLOB '${dashes}'`,
});

const json = (x: string): Fit => ({
  fits: `CASE typeof(${x}) WHEN 'blob' THEN 0 WHEN 'real' THEN abs(${x}) < 9e999 AND ${isWritable(x)} ELSE json_valid(${x}) END`,
  write: `CAST(${x} AS TEXT)`,
  isAsIs: isOf(x, 'text'),
});

/** Of keys that are there twice the last alone would stay. A letter may be written in two ways: none is looked at then. */
const hasOneOfEachKey = (x: string) =>
  `CASE WHEN json_valid(${x}) THEN NOT EXISTS (SELECT 1 FROM json_tree(${x}) WHERE typeof(key) = 'text' GROUP BY parent, key HAVING count(*) > 1) ELSE 0 END`;

const fits: Readonly<Record<Family, (x: string, limits: Limits) => Fit>> = {
  smallint: whole('-32768', '32767'),
  integer: whole('-2147483648', '2147483647'),
  // The least of all can't be written as a number: without its sign it is beyond what there is.
  bigint: whole('(-9223372036854775807 - 1)', '9223372036854775807'),
  numeric,
  real,
  double,
  boolean,
  text,
  bytea,
  date: ofText(
    (x, limits) =>
      `${isMoment(x, limits)} AND (length(${x}) = 10 OR substr(${x}, 12) GLOB '00:00:00')`,
  ),
  time: ofText(
    (x, {sizes}) =>
      `time(${x}) IS NOT NULL AND ${x} GLOB '[0-9][0-9]:[0-9][0-9]*' AND ${x} NOT GLOB '*[^0-9:.]*' AND ${isExact(x, sizes)}`,
  ),
  // The server would drop an offset without a word.
  timestamp: ofText(
    (x, limits) => `${isMoment(x, limits)} AND (NOT ${hasOffset(x)} OR ${x} GLOB '*[+-]00:00')`,
  ),
  timestamptz: ofText(isMoment),
  uuid,
  json,
  jsonb: (x) => ({
    ...json(x),
    fits: `${json(x).fits} AND instr(${x}, '\\u0000') = 0 AND ${hasOneOfEachKey(x)}`,
  }),
  enum: (x, {labels}) =>
    asIs(`${isOf(x, 'text')} AND ${x} COLLATE BINARY IN (${labels.map(sqliteText).join(', ')})`, x),
};

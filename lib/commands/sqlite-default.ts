/** A column's default of SQLite as one of PostgreSQL. https://www.sqlite.org/lang_datefunc.html */
import {isWord, type Token} from '../model/migrate/sqlite-lexer.ts';
import {literal} from './sql.ts';
import {type Translated, translate} from './sqlite-expression.ts';

/** A default for a column of that type; the server judges whether it fits. */
export const translateDefault = (tokens: readonly Token[], type: string): Translated => {
  const bare = withoutParentheses(tokens);
  const text = bare.map(({kind, text}) => (kind === 'word' ? text.toLowerCase() : text)).join('');
  const [only] = bare;
  const moment = moments[text];
  if (moment) return {sql: momentDefault(moment, type)};
  if (type === 'boolean' && bare.length === 1 && /^(0|1|true|false)$/i.test(only?.value ?? ''))
    return {sql: /^(1|true)$/i.test(only?.value ?? '') ? 'true' : 'false'};
  if (bare.length === 1 && isWord(only, 'TRUE', 'FALSE'))
    return {sql: isWord(only, 'TRUE') ? '1' : '0'};
  if (/^lower\(hex\(randomblob\(16\)\)\)$/.test(text))
    return {
      sql: type === 'uuid' ? 'gen_random_uuid()' : `encode(uuid_send(gen_random_uuid()), 'hex')`,
    };
  if (/^hex\(randomblob\(16\)\)$/.test(text))
    return {sql: `upper(encode(uuid_send(gen_random_uuid()), 'hex'))`};
  if (
    bare.length === 1 &&
    (only?.kind === 'name' || only?.kind === 'word') &&
    !isWord(only, 'NULL')
  )
    return {sql: literal(only.value)};
  return translate(bare, {columns: new Map()});
};

const withoutParentheses = (tokens: readonly Token[]): readonly Token[] => {
  const isWrapped = isWord(tokens[0], '(') && isWord(tokens.at(-1), ')');
  if (!isWrapped) return tokens;
  let depth = 0;
  const closes = tokens.findIndex((token) => {
    if (isWord(token, '(')) depth += 1;
    if (isWord(token, ')')) depth -= 1;
    return depth === 0;
  });
  return closes === tokens.length - 1 ? withoutParentheses(tokens.slice(1, -1)) : tokens;
};

type Moment = 'date' | 'time' | 'second' | 'millisecond' | 'local' | 'epoch' | 'julian' | 'zulu';

const moments: Readonly<Record<string, Moment>> = {
  current_timestamp: 'second',
  current_date: 'date',
  current_time: 'time',
  "datetime('now')": 'second',
  'datetime()': 'second',
  "date('now')": 'date',
  "time('now')": 'time',
  "datetime('now','localtime')": 'local',
  "datetime(current_timestamp,'localtime')": 'local',
  'unixepoch()': 'epoch',
  "unixepoch('now')": 'epoch',
  "strftime('%s','now')": 'epoch',
  "cast(strftime('%s','now')asinteger)": 'epoch',
  "cast(strftime('%s','now')asint)": 'epoch',
  "julianday('now')": 'julian',
  "strftime('%Y-%m-%d %H:%M:%S','now')": 'second',
  "strftime('%Y-%m-%d %H:%M:%f','now')": 'millisecond',
  "strftime('%Y-%m-%d %H:%M:%f')": 'millisecond',
  "strftime('%Y-%m-%dT%H:%M:%fZ','now')": 'zulu',
  "strftime('%Y-%m-%d','now')": 'date',
};

const utc = "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')";

const formats: Readonly<Partial<Record<Moment, string>>> = {
  date: 'YYYY-MM-DD',
  time: 'HH24:MI:SS',
  second: 'YYYY-MM-DD HH24:MI:SS',
  millisecond: 'YYYY-MM-DD HH24:MI:SS.MS',
  zulu: 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"',
};

/** SQLite's clock says UTC; a text column gets the text that SQLite would write. */
const momentDefault = (moment: Moment, type: string): string => {
  const epoch = 'extract(epoch from CURRENT_TIMESTAMP)::bigint';
  if (moment === 'epoch') return isText(type) ? `(${epoch})::text` : epoch;
  if (moment === 'julian') return `extract(julian from ${utc})`;
  const now = moment === 'local' ? 'LOCALTIMESTAMP' : utc;
  if (isText(type)) return `to_char(${now}, '${formats[moment === 'local' ? 'second' : moment]}')`;
  if (type === 'timestamp with time zone') return 'CURRENT_TIMESTAMP';
  if (type.startsWith('timestamp'))
    return `${now}::timestamp(${moment === 'millisecond' || moment === 'zulu' ? 3 : 0})`;
  if (type === 'date') return `${now}::date`;
  if (type.startsWith('time')) return `${now}::time(0)`;
  // The server refuses a moment where a number is: then it is reported.
  return now;
};

const isText = (type: string) => type === 'text' || type.startsWith('character');

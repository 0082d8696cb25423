/** The file of named queries that `bench` runs on both engines. */
import {OpsError} from './errors.ts';
import {printable} from './redact.ts';
import {NotPlainSql, plainStatement} from './sql-script.ts';

export type Engine = 'sqlite' | 'postgres';

/** One query, as each engine is asked it. */
export type NamedQuery = {readonly name: string} & Readonly<Record<Engine, string>>;

const header = /^--[ \t]*name:[ \t]*(.*?)[ \t]*(?:\[(sqlite|postgres)\])?[ \t]*\r?$/;

/**
 * The queries of a file: each begins with a line `-- name: NAME` and is one SELECT, WITH or VALUES.
 * Where the engines need different words there are two of one name, `-- name: NAME [sqlite]` and
 * `-- name: NAME [postgres]`. Errors: usage, with every fault.
 */
export const parseQueries = (text: string): readonly NamedQuery[] => {
  const parts = partsOf(text.replace(/^\ufeff/, ''));
  const faults = parts.flatMap(faultsOf);
  const names = [...new Set(parts.map(({name}) => name))];
  const queries = names.map((name) => together(name, parts, faults));
  if (parts.length === 0) faults.push('no query: each begins with a line `-- name: NAME`');
  if (faults.length === 0) return queries;
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  throw new OpsError(
    'usage',
    `queries: ${count}\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
  );
};

type Part = {
  readonly name: string;
  readonly engine: Engine | undefined;
  readonly line: number;
  sql: string;
};

const partsOf = (text: string): readonly Part[] => {
  const parts: Part[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const [isHeader, name = '', engine] = header.exec(line) ?? [];
    const part = parts.at(-1);
    if (isHeader !== undefined)
      parts.push({name, engine: engine as Engine | undefined, line: index + 1, sql: ''});
    else if (part) part.sql += `${line}\n`;
    else if (!/^\s*(--.*)?\r?$/.test(line))
      parts.push({name: '', engine: undefined, line: index + 1, sql: line});
  }
  return parts.map((part) => ({...part, sql: bare(part.sql)}));
};

/** Without the semicolon and the comments around it. */
const bare = (sql: string): string => {
  let text = sql.trim();
  for (let before = ''; before !== text; ) {
    before = text;
    text = text
      .replace(/^--[^\n]*\n?/, '')
      .replace(/\n\s*--[^\n]*$/, '')
      .replace(/;\s*(--[^\n]*)?$/, '')
      .trim();
  }
  return text;
};

const faultsOf = ({name, line, sql, engine}: Part): readonly string[] => {
  const what = name === '' ? `line ${line}` : `'${printable(name)}' (line ${line})`;
  if (name === '') return [`${what}: expected a line \`-- name: NAME\` before it`];
  if (sql === '') return [`${what}: has no statement`];
  if (!/^(select|with|values)\b/i.test(sql))
    return [`${what}: expected a SELECT, WITH or VALUES: bench changes nothing`];
  if (/^[.\\]/m.test(sql)) return [`${what}: has a line that begins with a dot or a backslash`];
  const why = engine === 'sqlite' ? undefined : whyNotOne(sql);
  return why === undefined ? [] : [`${what}: ${why}`];
};

/** What psql would not take for one statement. */
const whyNotOne = (sql: string): string | undefined => {
  try {
    plainStatement(sql);
    return undefined;
  } catch (error) {
    if (!(error instanceof NotPlainSql)) throw error;
    return `expected one statement of plain SQL, this is ${error.message}`;
  }
};

const together = (name: string, parts: readonly Part[], faults: string[]): NamedQuery => {
  const own = parts.filter((part) => part.name === name);
  const [both, ...others] = own.filter(({engine}) => engine === undefined);
  const of = (engine: Engine) => own.filter((part) => part.engine === engine);
  const [sqlite, ...moreSqlite] = of('sqlite');
  const [postgres, ...morePostgres] = of('postgres');
  const doubled = others[0] ?? moreSqlite[0] ?? morePostgres[0];
  if (doubled) faults.push(`'${printable(name)}' (line ${doubled.line}): is there twice`);
  const missing = both ? undefined : !sqlite ? 'sqlite' : postgres ? undefined : 'postgres';
  if (missing) faults.push(`'${printable(name)}': has no statement for ${missing}`);
  return {
    name,
    sqlite: (sqlite ?? both)?.sql ?? '',
    postgres: (postgres ?? both)?.sql ?? '',
  };
};

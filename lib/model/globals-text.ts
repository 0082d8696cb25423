/** Roles and tablespaces as `pg_dumpall --globals-only` writes them, taken apart into statements. */
import {type OpenQuote, quoteAfter} from './sql-quotes.ts';

export type GlobalsContext = {
  /** The cluster's first role: it exists already, and its own attributes are left alone. */
  readonly superuser: string;
};

/**
 * The script for a throw-away server: its first role is there already, and tablespaces are made
 * inside its own folder. https://www.postgresql.org/docs/current/runtime-config-developer.html
 */
export const globalsForScratch = (text: string, context: GlobalsContext): string =>
  statementsIn(text)
    .filter((line) => !/^\\(un)?restrict \w+$/.test(line) && !isAbout(line, context))
    .map((line) =>
      line.replace(
        /^(CREATE TABLESPACE .*) LOCATION '.*';$/,
        "SET allow_in_place_tablespaces = on; $1 LOCATION '';",
      ),
    )
    .join('\n');

/** What differs between the globals recorded and those found, a sentence for each statement. */
export const compareGlobals = (
  recorded: string,
  found: string,
  context: GlobalsContext,
): readonly string[] => {
  const [before, after] = [statements(recorded, context), statements(found, context)];
  return [
    ...[...before]
      .filter((line) => !after.has(line))
      .map((line) => `${subjectOf(line)} is missing or differs: recorded '${withoutHash(line)}'`),
    ...[...after]
      .filter((line) => !before.has(line))
      .map((line) => `${subjectOf(line)} is not in the set: found '${withoutHash(line)}'`),
  ];
};

const statements = (text: string, context: GlobalsContext): ReadonlySet<string> =>
  new Set(
    statementsIn(text)
      .filter((statement) => !/^(\\|SET )/.test(statement) && !isAbout(statement, context))
      .map((statement) => statement.replace(/^(CREATE TABLESPACE .*) LOCATION '.*';$/s, '$1;')),
  );

/** A name may hold a line feed: a statement goes on until its quotes are closed. */
export const statementsIn = (text: string): readonly string[] => {
  const statements: string[] = [];
  let open = '';
  let quote: OpenQuote;
  for (const line of text.split('\n')) {
    if (open === '' && (line === '' || line.startsWith('--'))) continue;
    quote = quoteAfter(line, quote);
    open = open === '' ? line : `${open}\n${line}`;
    if (quote === undefined) {
      statements.push(open);
      open = '';
    }
  }
  return open === '' ? statements : [...statements, open];
};

const isAbout = (line: string, {superuser}: GlobalsContext): boolean =>
  [superuser, `"${superuser.replaceAll('"', '""')}"`].some(
    (name) => line === `CREATE ROLE ${name};` || line.startsWith(`ALTER ROLE ${name} `),
  );

const subjectOf = (line: string): string => {
  const [, kind, name] =
    /^(?:CREATE|ALTER) (ROLE|TABLESPACE) ("(?:[^"]|"")*"|\S+?);?(?: |$)/.exec(line) ?? [];
  return kind === undefined ? 'a grant of roles' : `${kind.toLowerCase()} ${name}`;
};

/** A password's hash is as good as the password to whoever wants to guess it: no report shows it. */
const withoutHash = (statement: string) =>
  statement.replace(/ PASSWORD '(?:[^']|'')*'/, " PASSWORD '***'");

/** What the statements of a dump say, database by database; a dump of one database is one section. */
import {DumpRefused, type Statement} from './plain-lexer.ts';
import type {Scan, Section} from './plain-scan.ts';

type Mutable = {
  database: string | undefined;
  firstLine: number;
  lastLine: number;
  rows: Map<string, number | null>;
  extensions: {name: string; schema: string | undefined}[];
  owners: Set<string>;
  schemas: Map<string, number>;
  isWhole: boolean;
};

const word = String.raw`(?:"(?:[^"]|"")*"|[A-Za-z_\u0080-\u00ff][\w$\u0080-\u00ff]*)`;
const ownership = new RegExp(
  `^(?:(?:ALTER DEFAULT PRIVILEGES|GRANT|REVOKE|COMMENT ON EXTENSION)\\s|ALTER .* OWNER TO ${word}$)`,
  's',
);
/** What is about the database and not in it. */
const aboutDatabase =
  /^(?:COMMENT ON DATABASE|CREATE DATABASE|ALTER DATABASE|DROP DATABASE|ALTER ROLE (?:"(?:[^"]|"")*"|[^\s"]+) IN DATABASE) /;
const copyFromInput = new RegExp(
  `^COPY (${word}\\.${word}) (?:\\((?:[^")]|"(?:[^"]|"")*")*\\))? *FROM stdin$`,
);
const toOddName = '\\connect -reuse-previous=on ';
const strange = ['SJIS', 'SHIFT_JIS_2004', 'BIG5', 'GBK', 'UHC', 'JOHAB', 'GB18030'];

/** Large objects are counted as the rows of this table. */
export const largeObjects = 'pg_catalog.pg_largeobject_metadata';

/** Collects; `statement` gives who wants to know the number of rows where rows follow. */
export const sectionsOf = () => {
  const sections: Mutable[] = [];
  const leaveOut = new Set<number>();
  const owned: number[] = [];
  let globals = '';
  let isCluster = false;
  let isClusterWhole = false;
  let serverVersion: string | undefined;
  let restricted: string | undefined;
  /** The line of an `\encoding` that the `\connect` to an odd name has before it. */
  let encodingLine: number | undefined;

  /** What a cluster dump says before its first database. */
  const keep = (text: string) => {
    if (isCluster && sections.length === 0 && globals.length < 20e6) globals += `${text}\n`;
  };
  const begin = (database: string | undefined, firstLine: number): Mutable => {
    const section = {
      ...{database, firstLine, lastLine: firstLine, isWhole: false},
      rows: new Map(),
      extensions: [],
      owners: new Set<string>(),
      schemas: new Map<string, number>(),
    };
    sections.push(section);
    return section;
  };
  const here = (line: number) => sections.at(-1) ?? begin(undefined, line);
  const leave = ({first, last, isShared}: Statement, lines: (line: number) => void) => {
    if (isShared) throw new DumpRefused(first, 'several statements in one line');
    for (let line = first; line <= last; line += 1) lines(line);
  };

  const connect = (line: string, number: number) => {
    const name = databaseIn(line);
    encodingLine = undefined;
    if (name === undefined)
      throw new DumpRefused(number, 'a `\\connect` that pg_dump does not write');
    const last = sections.at(-1);
    // What came before the first was about the database, not in it.
    if (last?.database === undefined && last && last.rows.size > 0)
      throw new DumpRefused(number, 'a `\\connect` behind rows');
    if (last && last.database === undefined) sections.pop();
    if (sections.at(-1)?.database !== name) begin(name, number);
  };

  return {
    /** Every line outside of COPY, for headings and ends, which are comments. */
    line(text: string, number: number): void {
      const last = sections.at(-1);
      if (last) last.lastLine = number;
      if (encodingLine !== undefined && !text.startsWith(toOddName))
        throw new DumpRefused(encodingLine, 'an `\\encoding` without the `\\connect` it is for');
      if (number < 20 && text === '-- PostgreSQL database cluster dump') isCluster = true;
      if (text === '-- PostgreSQL database dump complete' && last) last.isWhole = true;
      if (text === '-- PostgreSQL database cluster dump complete') isClusterWhole = true;
      const [, version] = /^-- Dumped from database version (\d\S*)/.exec(text) ?? [];
      serverVersion ??= version;
      if (!text.startsWith('\\')) keep(text);
    },
    /** Every line that goes on with what the one before it has begun. */
    inner: (text: string): void => keep(text),
    command(line: string, number: number): void {
      leaveOut.add(number);
      const [, verb, token] = /^\\(restrict|unrestrict) ([A-Za-z0-9]+)$/.exec(line) ?? [];
      if (verb === 'restrict' && restricted === undefined) restricted = token;
      else if (verb === 'unrestrict' && restricted === token) restricted = undefined;
      else if (line.startsWith('\\connect ')) connect(line, number);
      // pg_dump writes it so that psql takes the name in the next line as bytes.
      else if (line === '\\encoding SQL_ASCII') encodingLine = number;
      else
        throw new DumpRefused(number, `a command for psql: ${line.split(/\s/)[0]?.slice(0, 40)}`);
    },
    statement(statement: Statement): ((rows: number) => void) | undefined {
      const {text, first} = statement;
      refuseStrange(text, first);
      if (isCluster && sections.length === 0) return undefined;
      const section = here(1);
      if (ownership.test(text)) {
        leave(statement, (line) => owned.push(line));
        const [, owner] = new RegExp(` OWNER TO (${word})$`).exec(text) ?? [];
        if (owner !== undefined) section.owners.add(plainName(owner));
        return undefined;
      }
      if (aboutDatabase.test(text)) leave(statement, (line) => leaveOut.add(line));
      if (text === 'CREATE SCHEMA public') leave(statement, (line) => leaveOut.add(line));
      const [, schema] = new RegExp(`^CREATE SCHEMA (${word})$`).exec(text) ?? [];
      if (schema !== undefined && first === statement.last)
        section.schemas.set(plainName(schema), first);
      const extension = extensionIn(text);
      if (extension) section.extensions.push(extension);
      const [, into] = new RegExp(`^INSERT INTO (${word}\\.${word})\\s`).exec(text) ?? [];
      if (into !== undefined) section.rows.set(utf8(into), null);
      if (/^SELECT pg_catalog\.lo_create\(/.test(text))
        section.rows.set(largeObjects, (section.rows.get(largeObjects) ?? 0) + 1);
      return copyOf(statement, section);
    },
    end(lines: number): Omit<Scan, 'lines' | 'bytes'> {
      if (encodingLine !== undefined || restricted !== undefined || isCluster !== isClusterWhole)
        throw new DumpRefused(lines, 'the dump has no end: it was cut off');
      if (sections.length === 0 && !isCluster) begin(undefined, 1);
      for (const section of sections)
        if (!section.isWhole)
          throw new DumpRefused(section.lastLine, 'the dump has no end: it was cut off');
      return {
        ...{isCluster, serverVersion, ownership: owned},
        globals: utf8(globals),
        leaveOut: [...leaveOut],
        sections: sections.map((section): Section => ({...section, owners: [...section.owners]})),
      };
    },
  };
};

const copyOf = ({text, first, isShared}: Statement, section: Mutable) => {
  if (!/^COPY\b/i.test(text) || !/\bstdin\b/i.test(text)) return undefined;
  const [, table] = copyFromInput.exec(text) ?? [];
  if (table === undefined || isShared)
    throw new DumpRefused(first, 'a COPY that pg_dump does not write');
  const name = utf8(table);
  return (rows: number) => section.rows.set(name, (section.rows.get(name) ?? 0) + rows);
};

/** psql reads differently under these than this program does. */
const refuseStrange = (text: string, line: number): void => {
  if (/standard_conforming_strings/i.test(text) && text !== 'SET standard_conforming_strings = on')
    throw new DumpRefused(line, 'standard_conforming_strings is set to something else than on');
  const [, encoding = ''] = /^SET client_encoding (?:=|TO) '?([\w-]+)/i.exec(text) ?? [];
  if (strange.includes(encoding.toUpperCase()))
    throw new DumpRefused(
      line,
      `the encoding ${encoding}, in which a quote may be half a character`,
    );
};

const extensionIn = (text: string) => {
  const [, name, schema] =
    new RegExp(`^CREATE EXTENSION (?:IF NOT EXISTS )?(${word})(?: WITH SCHEMA (${word}))?`).exec(
      text,
    ) ?? [];
  return name === undefined
    ? undefined
    : {name: plainName(name), schema: schema === undefined ? undefined : plainName(schema)};
};

/** `\connect app`, `\connect "a b"`, and what pg_dump writes for odd names: `\connect -reuse-previous=on "dbname='a b'"`. */
const databaseIn = (line: string): string | undefined => {
  const [, plain, conninfo] =
    /^\\connect (?:([A-Za-z_][\w$]*|"[\w$ .-]+")|-reuse-previous=on "dbname='((?:[^'\\"]|\\.|"")*)'")$/.exec(
      line,
    ) ?? [];
  if (plain !== undefined) return plain.replaceAll('"', '');
  return conninfo === undefined
    ? undefined
    : utf8(conninfo.replaceAll('""', '"').replace(/\\(.)/g, '$1'));
};

const plainName = (name: string): string =>
  utf8(name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

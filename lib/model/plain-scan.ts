/**
 * Reads a plain dump from beginning to end without keeping it: what is in it, what is to be left out when a
 * stranger's dump is loaded, and whether it is whole. A dump that was cut is valid SQL and loads without an
 * error: only its end tells.
 */
import {sectionsOf} from './dump-sections.ts';
import {createLexer, DumpRefused, type Statement} from './plain-lexer.ts';

export {DumpRefused};

export type Section = {
  /** By its `\connect`; undefined where the dump is of one database and does not say which. */
  readonly database: string | undefined;
  readonly firstLine: number;
  readonly lastLine: number;
  /** Rows by `schema.name` as SQL writes it; null where they are INSERTs, which are not counted. */
  readonly rows: ReadonlyMap<string, number | null>;
  readonly extensions: readonly {readonly name: string; readonly schema: string | undefined}[];
  readonly owners: readonly string[];
  /** Lines that make a schema, by its name. */
  readonly schemas: ReadonlyMap<string, number>;
  readonly isWhole: boolean;
};

export type Scan = {
  readonly isCluster: boolean;
  /** The version of the server, as the heading says. */
  readonly serverVersion: string | undefined;
  readonly sections: readonly Section[];
  /** Lines that are said to psql or that only an owner may say. */
  readonly leaveOut: readonly number[];
  /** Lines that say whose something is and who may use it. */
  readonly ownership: readonly number[];
  /** Roles and what hangs on them, of a cluster dump. */
  readonly globals: string;
  readonly lines: number;
  readonly bytes: number;
};

export type Scanner = {
  push(chunk: Buffer): void;
  /** Errors: DumpRefused for a dump that is cut. */
  end(): Scan;
};

const longestLine = 500_000_000;
const lineFeed = 0x0a;

/** Errors of `push`: DumpRefused naming the line, for commands to psql and whatever pg_dump does not write. */
export const createScanner = (): Scanner => {
  const found = sectionsOf();
  const lexer = createLexer({
    statement: (statement) => seeStatement(statement),
    command: (line, number) => found.command(line, number),
  });
  let parts: Buffer[] = [];
  let partBytes = 0;
  let number = 0;
  let bytes = 0;
  let copying: ((rows: number) => void) | undefined;
  let copied = 0;

  const seeStatement = (statement: Statement) => {
    copying = found.statement(statement);
    copied = 0;
  };
  const lineEnded = (line: Buffer) => {
    number += 1;
    if (copying) {
      if (!isEndOfCopy(line)) copied += 1;
      else {
        copying(copied);
        copying = undefined;
      }
      return;
    }
    const text = line.toString('latin1');
    if (lexer.isAtRest()) found.line(text, number);
    else found.inner(text);
    lexer.line(text, number);
  };

  return {
    push(chunk) {
      bytes += chunk.length;
      if (chunk.includes(0)) throw new DumpRefused(number + 1, 'a NUL byte');
      let at = 0;
      for (;;) {
        const end = chunk.indexOf(lineFeed, at);
        if (end < 0) break;
        if (parts.length > 0) {
          parts.push(chunk.subarray(at, end));
          const line = Buffer.concat(parts);
          parts = [];
          partBytes = 0;
          lineEnded(line);
        } else if (copying && !mayEndCopy(chunk, at, end)) {
          number += 1;
          copied += 1;
        } else lineEnded(chunk.subarray(at, end));
        at = end + 1;
      }
      if (at === chunk.length) return;
      parts.push(Buffer.from(chunk.subarray(at)));
      partBytes += chunk.length - at;
      if (partBytes > longestLine) throw new DumpRefused(number + 1, 'a line longer than 500 MB');
    },
    end() {
      if (parts.length > 0) lineEnded(Buffer.concat(parts));
      if (copying)
        throw new DumpRefused(number, 'the dump ends in the middle of the rows of a table');
      if (!lexer.isAtRest())
        throw new DumpRefused(number, 'the dump ends in the middle of a statement');
      return {...found.end(number), lines: number, bytes};
    },
  };
};

/** psql takes a carriage return before the line feed for the end too. */
const isEndOfCopy = (line: Buffer) =>
  (line.length === 2 || (line.length === 3 && line[2] === 0x0d)) &&
  line[0] === 0x5c &&
  line[1] === 0x2e;

const mayEndCopy = (chunk: Buffer, from: number, to: number) =>
  to - from <= 3 && chunk[from] === 0x5c;

/**
 * One psql kept open: a transaction that lives as long as a backup, its snapshot exported, its
 * locks held. Answers come as one JSON value per line, so no content can be taken for an end.
 */
import {randomBytes} from 'node:crypto';
import type {Readable} from 'node:stream';
import type {Command} from '../model/command.ts';
import {OpsError} from '../model/errors.ts';
import {printable} from '../model/redact.ts';
import {plainStatement} from '../model/sql-script.ts';
import type {Shell} from './shell.ts';

export type Session = {
  /**
   * The rows of one statement, each as the JSON value it printed. An error aborts an open
   * transaction, as in any session. Errors: QueryError with its SQLSTATE; toolFailed when the
   * connection is lost.
   */
  query<Row>(sql: string): Promise<readonly Row[]>;
  /** Whether the connection still stands. */
  isOpen(): boolean;
};

/** A statement that the server refused. https://www.postgresql.org/docs/current/errcodes-appendix.html */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly state: string;

  constructor(message: string, state: string) {
    super(message);
    this.state = state;
  }
}

const endDelayMilliseconds = 3_000;

/**
 * Open a session, hand it over, and end it whatever happens; the server's side ends with it.
 * Errors: toolFailed for a refused statement that `work` did not see to; whatever `work` throws.
 */
export const withSession = async <Value>(
  shell: Shell,
  command: Command,
  work: (session: Session) => Promise<Value>,
): Promise<Value> => {
  const session = open(shell, command);
  try {
    return await work(session);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw new OpsError('toolFailed', `the server refused a statement (SQLSTATE ${error.state})`, {
      hint: "look at the server's log, then run again",
      cause: error,
    });
  } finally {
    await session.close();
  }
};

const open = (shell: Shell, command: Command): Session & {close(): Promise<void>} => {
  const child = shell.start(command);
  const state = {isOpen: true};
  let answer: {readonly lines: string[]; readonly mark: string; done: () => void} | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  const aborted = abortionOf(shell.signal);

  child.stdin?.on('error', () => {});
  onLines(child.stdout, (line) => {
    if (line === answer?.mark) answer.done();
    else if (line !== '') answer?.lines.push(line);
  });
  const lost = child.ended.then((end) => {
    state.isOpen = false;
    const said = printable(end.stderr.trim(), {keepLines: true});
    return new OpsError('toolFailed', 'the connection to the server was lost', {
      hint: "look at the server's log, then run again",
      cause: new Error(said || end.failure || `psql ended with ${end.signal ?? end.exitCode}`),
    });
  });

  const ask = async <Row>(sql: string): Promise<readonly Row[]> => {
    const mark = `end ${randomBytes(8).toString('hex')}`;
    const lines: string[] = [];
    const answered = new Promise<undefined>((resolve) => {
      answer = {lines, mark, done: () => resolve(undefined)};
    });
    child.stdin?.write(script(sql, mark));
    const failure = await Promise.race([answered, lost, aborted.promise]);
    answer = undefined;
    if (failure) throw failure;
    return rowsOf<Row>(lines);
  };

  return {
    isOpen: () => state.isOpen,
    query<Row>(sql: string) {
      // One statement at a time: a second caller waits for the first.
      const result = queue.then(() => ask<Row>(sql));
      queue = result.catch(() => {});
      return result;
    },
    async close() {
      aborted.forget();
      if (!state.isOpen) return;
      // A statement still running is cancelled first, else the server goes on with it alone.
      if (answer || shell.signal.aborted) child.kill('SIGINT');
      child.stdin?.end('\\q\n');
      const timer = setTimeout(() => child.kill('SIGKILL'), endDelayMilliseconds);
      await child.ended;
      clearTimeout(timer);
    },
  };
};

/** A line ends with a line feed and nothing else: node:readline ends it at U+2028 too, which JSON leaves as it is. */
const onLines = (stream: Readable | null, tell: (line: string) => void): void => {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) tell(line);
  });
};

/** A statement, what the server said if it refused it, and the mark that ends the answer. */
const script = (sql: string, mark: string): string =>
  [
    `${plain(sql)};`,
    String.raw`\if :ERROR`,
    String.raw`\echo error :LAST_ERROR_SQLSTATE`,
    String.raw`\echo :LAST_ERROR_MESSAGE`,
    String.raw`\endif`,
    `\\echo ${mark}`,
    '',
  ].join('\n');

/** A condition of an extension or of a manifest rides in some statements: it must not bring psql a command. */
const plain = (sql: string): string => {
  try {
    return plainStatement(sql);
  } catch (cause) {
    throw new OpsError('notIntact', 'a statement is not plain SQL and was not run', {
      hint: 'somebody has put a command into the catalog or the manifest that it comes from: look there',
      cause,
    });
  }
};

const rowsOf = <Row>(lines: readonly string[]): readonly Row[] => {
  const refused = lines.findIndex((line) => line.startsWith('error '));
  if (refused < 0) return lines.map((line) => JSON.parse(line) as Row);
  const [state = '', ...message] = lines.slice(refused);
  throw new QueryError(printable(message.join(' ')), state.slice('error '.length));
};

/** Resolves when the signal aborts; a session that was closed listens no more. */
const abortionOf = (signal: AbortSignal): {promise: Promise<Error>; forget: () => void} => {
  let forget = () => {};
  const promise = new Promise<Error>((resolve) => {
    const tell = () => resolve(signal.reason as Error);
    if (signal.aborted) return tell();
    signal.addEventListener('abort', tell, {once: true});
    forget = () => signal.removeEventListener('abort', tell);
  });
  return {promise, forget: () => forget()};
};

/** What a migrate reads from: SQLite, Redis, JSON files, all alike. */
import type {Command} from '../../model/command.ts';
import type {Finish, IncomingTable, NotCarried} from '../../model/migrate/incoming.ts';
import type {SampledRow} from '../../model/migrate/sample.ts';
import type {SourceRecord} from '../../model/migrate/source-record.ts';
import type {Context} from '../context.ts';

/** Lines as `COPY … FROM STDIN` reads them in text format: from the last stage, or the input itself. */
export type Lines = {
  readonly stages: readonly Command[];
  /** What the first stage reads: a descriptor or a text. */
  readonly input?: number | string;
};

export type Source = {
  /** For people: `the SQLite file '/srv/app/app.db'`. */
  readonly label: string;
  /** Of all that decides what is loaded: a run that was ended can go on with the same one alone. */
  readonly sha256: string;
  readonly tables: readonly IncomingTable[];
  /** Collations that the columns name, by the statement that makes each in the staging schema. */
  readonly collations: readonly {readonly name: string; readonly statement: string}[];
  /** What spans tables: foreign keys, then views. */
  readonly after: readonly Finish[];
  readonly notCarried: readonly NotCarried[];
  /** What the way back needs to know; undefined where there is none. */
  readonly records?: readonly Omit<SourceRecord, 'run'>[];
  /**
   * The lines of a table while `use` runs: those that are loaded, or those that the server's are
   * compared with. Both in the same order, and the same every time.
   */
  withLines<Value>(
    context: Context,
    {table, purpose}: {readonly table: IncomingTable; readonly purpose: 'load' | 'compare'},
    use: (lines: Lines) => Promise<Value>,
  ): Promise<Value>;
  /** Single rows, by their places from 0; absent where they can't be asked for. */
  sample?(
    context: Context,
    table: IncomingTable,
    places: readonly number[],
  ): Promise<readonly SampledRow[]>;
};

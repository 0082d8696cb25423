/** Whether the new file is whole, and which of its rows refer to nothing. */
import {foreignKeyCheck, integrityCheck, orphansOf} from '../../commands/sqlite.ts';
import {askSqlite, type Sqlite} from '../../io/sources/sqlite.ts';
import {OpsError} from '../../model/errors.ts';
import {printable} from '../../model/redact.ts';
import type {Context} from '../context.ts';

export type Orphaned = {
  readonly table: string;
  /** Null: its foreign keys name what is no key, so SQLite can't say. */
  readonly rows: number | null;
};

type Checked = {
  readonly sqlite: Sqlite;
  readonly aside: string;
  /** In SQLite. */
  readonly tables: readonly string[];
};

/** Every page and index. Errors: notIntact. */
export const assertWhole = async (
  {shell}: Context,
  {sqlite, aside}: Omit<Checked, 'tables'>,
): Promise<void> => {
  const found = await askSqlite(shell, {path: aside, escapes: sqlite.escapes}, integrityCheck);
  if (found.length === 1 && found[0] === 'ok') return;
  throw new OpsError(
    'notIntact',
    `the new file is damaged: ${printable(found.slice(0, 5).join('; '))}`,
    {hint: 'nothing was written: look at the disk (dmesg), then run again'},
  );
};

/** Rows whose foreign keys refer to nothing are no fault of the file: they did so before. */
export const orphansIn = async (
  {shell}: Context,
  {sqlite, aside, tables}: Checked,
): Promise<readonly Orphaned[]> => {
  const ask = (statements: readonly string[]) =>
    askSqlite(shell, {path: aside, escapes: sqlite.escapes}, statements).catch(unlessMismatch);
  const lines = await ask(foreignKeyCheck);
  if (lines !== 'mismatch') return added(lines);
  const orphans: Orphaned[] = [];
  for (const table of tables) {
    const own = await ask([orphansOf(table)]);
    orphans.push(...(own === 'mismatch' ? [{table, rows: null}] : added(own)));
  }
  return orphans;
};

const added = (lines: readonly string[]): readonly Orphaned[] => {
  const rows = new Map<string, number>();
  for (const line of lines) {
    const found = JSON.parse(line) as {table: string; rows: number};
    rows.set(found.table, (rows.get(found.table) ?? 0) + found.rows);
  }
  return [...rows].map(([table, count]) => ({table, rows: count}));
};

const unlessMismatch = (error: unknown): 'mismatch' => {
  const cause =
    error instanceof OpsError ? String((error.cause as Error | undefined)?.message) : '';
  if (/foreign key mismatch/.test(cause)) return 'mismatch';
  throw error;
};

/** One moment of a schema: its tables locked against changes of their shape, and a snapshot that others can share. */
import * as sentences from '../../commands/export-json.ts';
import type {Session} from '../../io/session.ts';
import {OpsError} from '../../model/errors.ts';
import {printable} from '../../model/redact.ts';
import {wayAroundSecurity} from '../../model/row-security.ts';
import type {Server} from '../connect.ts';

export type ExportSite = {
  readonly session: Session;
  readonly server: Server;
  readonly schema: string;
  readonly snapshot: string;
  readonly tables: readonly sentences.ExportedTable[];
};

/** Locks every table and keeps one moment of all of them. Errors: usage where there is no such schema. */
export const openSnapshot = async (
  session: Session,
  server: Server,
  schema: string,
): Promise<ExportSite> => {
  const [isThere] = await session.query<boolean>(sentences.hasSchemaNamed(schema));
  if (!isThere)
    throw new OpsError('usage', `there is no schema '${printable(schema)}'`, {
      hint: 'name another one: --schema NAME',
    });
  const tables = await session.query<sentences.ExportedTable>(sentences.exportedTables(schema));
  for (const statement of sentences.beginSnapshot) await session.query(statement);
  // Locked before the snapshot: a TRUNCATE between the two would leave its table empty.
  for (const table of tables) await session.query(sentences.lockTable(schema, table));
  const [snapshot = ''] = await session.query<string>(sentences.exportSnapshot);
  return {session, server, schema, snapshot, tables};
};

/** Errors: unavailable where rows of a table are hidden from the role: a part of them is never taken for all. */
export const assertSeesAll = ({server, schema}: ExportSite, tables: ExportSite['tables']): void => {
  const hidden = tables.filter(({hidesRows}) => hidesRows);
  const [first] = hidden;
  if (first === undefined) return;
  const {role} = server.facts;
  const names = hidden.map(({name}) => `'${printable(name)}'`).join(', ');
  throw new OpsError(
    'unavailable',
    `the role '${printable(role)}' would not see every row of ${names} (row-level security)`,
    {hint: wayAroundSecurity({schema, role, name: first.name})},
  );
};

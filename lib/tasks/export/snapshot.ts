/** One moment of a schema: its tables locked against changes of their shape, and a snapshot that others can share. */
import * as sentences from '../../commands/export-json.ts';
import type {Session} from '../../io/session.ts';
import {displayIdentifier, displayName} from '../../model/catalog.ts';
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

type Wanted = {
  readonly schema: string;
  /** The tables that are meant, of all that there are; all of them when absent. */
  readonly pick?: (tables: ExportSite['tables']) => ExportSite['tables'];
};

/**
 * Locks every table that is meant and keeps one moment of all of them. Errors: usage where there is no such schema;
 * unavailable where the role may not see all of a table.
 */
export const openSnapshot = async (
  session: Session,
  server: Server,
  {schema, pick = (tables) => tables}: Wanted,
): Promise<ExportSite> => {
  const [isThere] = await session.query<boolean>(sentences.hasSchemaNamed(schema));
  if (!isThere)
    throw new OpsError('usage', `there is no schema '${printable(schema)}'`, {
      hint: 'name another one: --schema NAME',
    });
  const tables = pick(
    await session.query<sentences.ExportedTable>(sentences.exportedTables(schema)),
  );
  assertSeesAll(tables, {schema, role: server.facts.role});
  for (const statement of sentences.beginSnapshot) await session.query(statement);
  // Locked before the snapshot: a TRUNCATE between the two would leave its table empty.
  for (const table of tables) await session.query(sentences.lockTable(schema, table));
  const [snapshot = ''] = await session.query<string>(sentences.exportSnapshot);
  return {session, server, schema, snapshot, tables};
};

/** A part of the rows is never taken for all of them. */
const assertSeesAll = (
  tables: ExportSite['tables'],
  {schema, role}: {readonly schema: string; readonly role: string},
): void => {
  const unreadable = tables.filter(({isReadable}) => !isReadable);
  const hidden = tables.filter(({hidesRows}) => hidesRows);
  const [first] = hidden;
  const faults = [
    ...(unreadable.length > 0
      ? [
          {
            what: `may not read ${named(unreadable)}`,
            hint: `GRANT SELECT ON ${unreadable.map(({name}) => displayName({schema, name})).join(', ')} TO ${displayIdentifier(role)}, or leave them out (--sqlite-path with --exclude)`,
          },
        ]
      : []),
    ...(first
      ? [
          {
            what: `would not see every row of ${named(hidden)} (row-level security)`,
            hint: wayAroundSecurity({schema, role, name: first.name}),
          },
        ]
      : []),
  ];
  if (faults.length === 0) return;
  throw new OpsError(
    'unavailable',
    `the role '${printable(role)}' ${faults.map(({what}) => what).join('; it ')}`,
    {hint: faults.map(({hint}) => hint).join('; ')},
  );
};

const named = (tables: ExportSite['tables']): string =>
  tables.map(({name}) => `'${printable(name)}'`).join(', ');

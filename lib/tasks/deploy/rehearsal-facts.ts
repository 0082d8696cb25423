/** What can be counted on the copy: before the migration, and after it. */
import * as catalog from '../../commands/deploy-catalog.ts';
import * as asked from '../../commands/rehearsal.ts';
import type {Session} from '../../io/session.ts';
import type {Connection} from '../../model/connection.ts';
import type {TableFacts} from '../../model/deploy/rehearsal-log.ts';
import type {ColumnFacts} from '../../model/deploy/schema-changes.ts';
import {withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import {revisionIn} from '../revision.ts';
import type {Copy} from './rehearsal-copy.ts';

export type CopyFacts = {
  readonly revision: string | null;
  readonly tables: readonly TableFacts[];
  readonly columns: readonly ColumnFacts[];
  readonly invalidIndexes: readonly string[];
  readonly bytes: number;
  /** Every transaction that writes raises it. */
  readonly next: string;
};

/** Errors: settings for a query of the revision that the server refuses; toolFailed. */
export const lookAtCopy = (
  context: Context,
  copy: Pick<Copy, 'connection' | 'client'>,
): Promise<CopyFacts> =>
  withServerSession(context, copy, async (session) => {
    const [facts] = await session.query<Pick<CopyFacts, 'bytes' | 'next'>>(asked.databaseFacts);
    return {
      ...(facts ?? {bytes: 0, next: ''}),
      revision: await revisionOf(context, copy, session),
      tables: await countedTables(session),
      columns: await session.query<ColumnFacts>(asked.columns),
      invalidIndexes: await session.query<string>(catalog.invalidIndexes),
    };
  });

type NamedTable = Omit<TableFacts, 'table' | 'rows'> & {
  readonly schema: string;
  readonly name: string;
};

const countedTables = async (session: Session): Promise<readonly TableFacts[]> => {
  const counted: TableFacts[] = [];
  for (const {schema, name, ...facts} of await session.query<NamedTable>(asked.tables)) {
    const [rows = 0] = await session.query<number>(asked.rowsOf({schema, name}));
    counted.push({...facts, table: `${schema}.${name}`, rows});
  }
  return counted;
};

/** As the role that asks in production: which schema it looks into hangs on the role. */
const revisionOf = async (
  context: Context,
  {connection, client}: Pick<Copy, 'connection' | 'client'>,
  session: Session,
): Promise<string | null> => {
  const {revisionSql} = context.settings;
  const role = context.settings.connection?.libpq['PGUSER'];
  const [isThere = 0] = role === undefined ? [] : await session.query<number>(asked.canLogin(role));
  if (role === undefined || isThere === 0) return revisionIn(session, revisionSql);
  const own: Connection = {...connection, libpq: {...connection.libpq, PGUSER: role}};
  return withServerSession(context, {connection: own, client}, (asRole) =>
    revisionIn(asRole, revisionSql),
  );
};

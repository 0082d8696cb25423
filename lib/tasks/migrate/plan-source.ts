/** A migrate from whatever was named: SQLite, or a store of documents or keys. */
import type {Connection} from '../../model/connection.ts';
import type {Context} from '../context.ts';
import type {PlannedSource} from './carry-out.ts';
import type {SqliteRequest} from './plan-sqlite.ts';
import type {StoreOrigin} from './store-source.ts';

export type SourceRequest = SqliteRequest & {
  /** Undefined: SQLite. */
  readonly origin: StoreOrigin | undefined;
  readonly isStrict: boolean;
};

type Asked = {readonly connection: Connection; readonly request: SourceRequest};

/** Plan, and hand the plan over. Errors: as `planSqlite` and `planStore`. */
export const planSource = async <Value>(
  context: Context,
  {connection, request}: Asked,
  how: {readonly isDryRun: boolean},
  use: (planned: PlannedSource) => Promise<Value>,
): Promise<Value> => {
  const {origin} = request;
  if (origin) {
    // The client of Redis alone takes as long to load as all of the rest.
    const {planStore} = await import('./plan-store.ts');
    return planStore(context, {connection, request: {...request, origin}}, how, use);
  }
  const {planSqlite} = await import('./plan-sqlite.ts');
  return planSqlite(context, {connection, request}, how, use);
};

/** A migrate from whatever was named: SQLite, or a store of documents or keys. */
import type {Connection} from '../../model/connection.ts';
import type {Context} from '../context.ts';
import type {PlannedSource} from './carry-out.ts';
import {planSqlite, type SqliteRequest} from './plan-sqlite.ts';
import {planStore} from './plan-store.ts';
import type {StoreOrigin} from './store-source.ts';

export type SourceRequest = SqliteRequest & {
  /** Undefined: SQLite. */
  readonly origin: StoreOrigin | undefined;
  readonly isStrict: boolean;
};

type Asked = {readonly connection: Connection; readonly request: SourceRequest};

/** Plan, and hand the plan over. Errors: as `planSqlite` and `planStore`. */
export const planSource = <Value>(
  context: Context,
  {connection, request}: Asked,
  how: {readonly isDryRun: boolean},
  use: (planned: PlannedSource) => Promise<Value>,
): Promise<Value> => {
  const {origin} = request;
  return origin
    ? planStore(context, {connection, request: {...request, origin}}, how, use)
    : planSqlite(context, {connection, request}, how, use);
};

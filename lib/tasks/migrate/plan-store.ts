/** Everything before a migrate of a store: what is read of it, and the target; nothing of both is changed. */
import {removeFile} from '../../io/descriptor.ts';
import {isExportFile} from '../../io/sources/export-rows.ts';
import type {Connection} from '../../model/connection.ts';
import {OpsError} from '../../model/errors.ts';
import {assertMeant} from '../../model/migrate/map-meant.ts';
import type {MigrateMap} from '../../model/migrate/migrate-map.ts';
import {sinceLine} from '../../model/migrate/since.ts';
import {printable} from '../../model/redact.ts';
import {idFor} from '../../model/set-id.ts';
import type {Context} from '../context.ts';
import type {PlannedSource} from './carry-out.ts';
import {lookAtTarget} from './look-at-target.ts';
import {planMigrate} from './plan.ts';
import {readAgain} from './read-again.ts';
import {openRows} from './rows-source.ts';
import {type DocumentFile, openStore, type StoreOrigin} from './store-source.ts';

export type StoreRequest = {
  readonly origin: StoreOrigin;
  readonly schema: string | undefined;
  readonly isStrict: boolean;
  readonly isComparing: boolean;
  readonly wishes: {readonly map: MigrateMap};
};

type Asked = {readonly connection: Connection; readonly request: StoreRequest};

/**
 * Plan, and hand the plan over; after a dry run the lines that were read go again. Errors: as `openStore`; unavailable
 * for the target.
 */
export const planStore = async <Value>(
  context: Context,
  {connection, request}: Asked,
  {isDryRun}: {readonly isDryRun: boolean},
  use: (planned: PlannedSource) => Promise<Value>,
): Promise<Value> => {
  const {origin, schema, isStrict, isComparing, wishes} = request;
  assertMeant(wishes.map, 'Redis');
  const target = await lookAtTarget(context, connection, {schema});
  const run = idFor(context.now);
  const rows = await rowsAmong(origin);
  const source = rows
    ? await openRows(context, {path: rows.path, run})
    : await openStore(context, origin, {run, isStrict, isComparing, map: wishes.map});
  const {copy} = source;
  let isOfUse = !isDryRun;
  try {
    const planned = await planMigrate(context, target, source);
    const own = {decisions: source.decisions, accounts: [], leftOut: [], offers: []};
    const reported = {plan: planned.plan, ...own, notCarried: source.notCarried};
    const lookAgain = () => tellChanges(context, origin, copy);
    return await use({...planned, source, reported, jobs: 1, copy, lookAgain});
  } catch (error) {
    // Refused or failed, the target is what it was; after a doubtful end the lines are looked at.
    isOfUse = error instanceof OpsError && error.kind === 'undecided';
    throw error;
  } finally {
    if (!isOfUse) await removeFile(copy);
  }
};

/** The file that is an export: its tables come, not a document. Errors: usage where others are named beside it. */
const rowsAmong = async (origin: StoreOrigin): Promise<DocumentFile | undefined> => {
  if ('redis' in origin) return undefined;
  const {documents} = origin;
  for (const document of documents) {
    if (document.kind !== undefined || !(await isExportFile(document.path))) continue;
    if (documents.length === 1) return document;
    throw new OpsError(
      'usage',
      `'${printable(document.path)}' is an export: its tables come alone`,
      {
        hint: 'migrate it by itself, and the documents in a run of their own',
      },
    );
  }
  return undefined;
};

/** An application that goes on writing into Redis is not served by what was brought over. */
const tellChanges = async (context: Context, origin: StoreOrigin, copy: string): Promise<void> => {
  if (!('redis' in origin)) return;
  const {reporter, signal} = context;
  try {
    const line = sinceLine(await readAgain(context, origin.redis, copy));
    if (line === '') reporter.step('read again: every key is what was brought over');
    else
      reporter.warn(
        `Redis is written while it is migrated: since it was read, ${line}; stop what writes, and run again with --force-recreate`,
      );
  } catch (error) {
    // All is in place by now: what is not known is what came after.
    if (signal.aborted || !(error instanceof OpsError)) throw error;
    reporter.warn(`whether Redis was written meanwhile is not known: ${error.message}`);
  }
};

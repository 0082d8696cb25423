/** `prune --databases`: what restores and undos kept on the server, dropped when it has expired. */
import {table} from '../lib/io/table.ts';
import {OpsError} from '../lib/model/errors.ts';
import type {Context} from '../lib/tasks/context.ts';
import {dropExpired} from '../lib/tasks/drop-kept.ts';
import {planDrop} from '../lib/tasks/plan-drop.ts';
import {confirmByName} from './_confirm.ts';

export type KeptFlags = {
  readonly dryRun: boolean;
  readonly yes: boolean;
  /** Only those that were this database. */
  readonly database: string | undefined;
};

/** The answer of the door as text and as JSON. Errors: settings without a connection; usage where not confirmed. */
export const dropKept = async (context: Context, {dryRun, yes, database}: KeptFlags) => {
  const {connection, missingConnection} = context.settings;
  if (!connection)
    throw new OpsError('settings', missingConnection?.message ?? 'no connection is configured', {
      ...(missingConnection ? {hint: missingConnection.hint} : {}),
    });
  const plan = await planDrop(context, connection, database);
  const expired = plan.kept.filter(({isExpired}) => isExpired);
  const none = {dropped: [], left: []};
  const isIdle = dryRun || expired.length === 0;
  if (!isIdle) {
    for (const {name, note} of expired)
      context.reporter.step(`to be dropped: ${name}, which was '${note.of}' until ${note.at}`);
    const word = 'how many databases are dropped';
    await confirmByName(String(expired.length), {isSure: yes, what: 'dropping databases', word});
  }
  const {dropped, left} = isIdle ? none : await dropExpired(context, plan);
  const stateOf = (name: string, isExpired: boolean) =>
    dropped.includes(name) ? 'dropped' : isExpired ? 'expired' : 'kept';
  const rows = plan.kept.map(({name, note, expiresAt, isExpired}) => [
    ...[name, note.of, note.at, expiresAt],
    left.find((one) => one.name === name)?.why ?? stateOf(name, isExpired),
  ]);
  const head = ['database', 'was', 'until', 'expires', ''];
  return {
    text: rows.length > 0 ? table({head, rows}) : 'no database was put aside',
    json: {kept: plan.kept, dropped, left},
  };
};

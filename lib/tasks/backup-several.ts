/** Several databases of one server, one set each, one after the other: a failing one never stops the others. */
import * as catalog from '../commands/catalog.ts';
import {type Connection, toDatabase} from '../model/connection.ts';
import {
  type Chosen,
  chooseDatabases,
  type DatabaseChoice,
  type DatabaseFacts,
} from '../model/database-choice.ts';
import {asOpsError, type OpsError} from '../model/errors.ts';
import {printable} from '../model/redact.ts';
import {reach, withServerSession} from './connect.ts';
import type {Context} from './context.ts';

/** What became of one database. */
export type Outcome<Result> =
  | {readonly database: string; readonly result: Result}
  | {readonly database: string; readonly error: OpsError};

/**
 * Do the work for each database that is meant, in the order of their names. Errors: those of
 * reaching the server, and usage for a name or pattern that matches nothing; what befalls a single
 * database is in its outcome.
 */
export const eachDatabase = async <Result>(
  context: Context,
  connection: Connection,
  {choice, work}: {choice: DatabaseChoice; work: (connection: Connection) => Promise<Result>},
): Promise<readonly Outcome<Result>[]> => {
  const {databases, impossible} = await chosenOn(context, connection, choice);
  const outcomes: Outcome<Result>[] = [];
  for (const {name, error} of impossible) {
    context.reporter.warn(`'${printable(name)}' is not backed up: ${error.message}`);
    outcomes.push({database: name, error});
  }
  for (const database of databases)
    outcomes.push(await outcomeOf(context, database, () => work(toDatabase(connection, database))));
  return outcomes.toSorted((a, b) => (a.database < b.database ? -1 : 1));
};

const chosenOn = async (
  context: Context,
  connection: Connection,
  choice: DatabaseChoice,
): Promise<Chosen> => {
  const at = connection.libpq['PGDATABASE'] ? connection : toDatabase(connection, 'postgres');
  const server = await reach(context, at);
  const found = await withServerSession(context, server, (session) =>
    session.query<DatabaseFacts>(catalog.databases),
  );
  const chosen = chooseDatabases(found, choice);
  for (const {name, why} of chosen.passedOver)
    context.reporter.debug(`passed over: ${printable(name)}, ${why}`);
  for (const pattern of chosen.idleExclusions)
    context.reporter.warn(`--exclude-database ${printable(pattern)} matches no database`);
  return chosen;
};

const outcomeOf = async <Result>(
  {signal, reporter, tools}: Context,
  database: string,
  work: () => Promise<Result>,
): Promise<Outcome<Result>> => {
  try {
    signal.throwIfAborted();
    return {database, result: await work()};
  } catch (thrown) {
    // The reason of the end, not what the tools said of being ended.
    const error = asOpsError(signal.aborted ? signal.reason : thrown);
    if (!signal.aborted) reporter.warn(`'${printable(database)}' failed: ${error.message}`);
    await tools.clear();
    return {database, error};
  }
};

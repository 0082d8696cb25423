/** What comes along with a name, and what the database that gives it up has got since its snapshot. */
import * as databases from '../commands/databases.ts';
import type {Session} from '../io/session.ts';
import {compareTables, strangers} from '../model/compare.ts';
import {toDatabase} from '../model/connection.ts';
import {compareTraits, type DatabaseTraits} from '../model/database-facts.ts';
import {OpsError} from '../model/errors.ts';
import {define} from './build.ts';
import {definitionIn} from './build-beside.ts';
import {withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {findRows} from './find-rows.ts';
import type {Site, Source} from './source.ts';

type Carrying = Site & {readonly source: Source};

/**
 * What hangs on the name: owner, settings, grants, limits and comment of the database that serves, else of
 * the one that is restored. Gives the comment. Errors: toolFailed where the new one would not have all of it.
 */
export const carryOver = async (
  context: Context,
  {source, plan, look, snapshot}: Carrying,
): Promise<string | null> => {
  const definition = snapshot
    ? await definitionIn(context, snapshot, plan.incoming)
    : await source.definition(context, plan.incoming);
  const {rest} = definition ?? {rest: []};
  // Until it serves, its comment is what tells the next run that it may be dropped.
  const others = rest.filter((statement) => !isComment.test(statement));
  if (others.length > 0) await define(context, look.maintenance, others.join(';\n'));
  const {traits, told} = await withServerSession(context, look.maintenance, async (session) => {
    const [found] = await session.query<DatabaseTraits>(databases.databaseTraits(plan.incoming));
    return {traits: found, told: await commentBy(session, rest, plan.incoming)};
  });
  if (!traits) throw new OpsError('toolFailed', `'${plan.incoming}' is gone`);
  const comment = snapshot ? (plan.target?.comment ?? null) : told;
  const differences = plan.target ? compareTraits(plan.target, {...traits, comment}) : [];
  if (differences.length === 0) return comment;
  throw new OpsError(
    'toolFailed',
    `what hangs on '${plan.database}' could not be carried over: ${differences.join('; ')}`,
    {
      hint: 'restore as the owner of the database or as a superuser',
    },
  );
};

const isComment = /^COMMENT ON DATABASE /;

/** The comment that these statements would give, given and taken back. */
const commentBy = async (session: Session, statements: readonly string[], database: string) => {
  const said = statements.filter((statement) => isComment.test(statement));
  if (said.length === 0) return null;
  await session.query('BEGIN');
  for (const statement of said) await session.query(statement);
  const [traits] = await session.query<DatabaseTraits>(databases.databaseTraits(database));
  await session.query('ROLLBACK');
  return traits?.comment ?? null;
};

/** Tables whose rows are no longer those of the snapshot. */
export const writtenSince = async (context: Context, {plan, look, snapshot}: Site) => {
  if (!snapshot) return [];
  const {manifest} = snapshot;
  const place = {
    connection: toDatabase(look.maintenance.connection, plan.database),
    client: look.maintenance.client,
  };
  const {tables, present} = await findRows(context, manifest, {...place, sessions: plan.jobs});
  return [...compareTables(manifest.tables, tables), ...strangers(manifest, present)];
};

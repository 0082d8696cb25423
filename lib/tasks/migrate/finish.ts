/** What comes when the rows are there: keys, indexes, identities, foreign keys, views. */
import {inSchema} from '../../commands/migrate-staging.ts';
import {QueryError, type Session} from '../../io/session.ts';
import {OpsError} from '../../model/errors.ts';
import type {Finish, NotCarried} from '../../model/migrate/incoming.ts';

/**
 * Do these one after the other; gives what the server refused. Errors: toolFailed for a refusal that may not be.
 */
export const finishAll = async (
  session: Session,
  {
    schema,
    target,
    finishes,
  }: {readonly schema: string; readonly target: string; readonly finishes: readonly Finish[]},
): Promise<readonly NotCarried[]> => {
  const refused: NotCarried[] = [];
  await session.query(inSchema(schema, target));
  for (const finish of finishes) refused.push(...(await attempt(session, finish)));
  return refused;
};

const attempt = async (session: Session, finish: Finish): Promise<readonly NotCarried[]> => {
  const refused = await tryOne(session, finish);
  return refused ?? (finish.next ? attempt(session, finish.next) : []);
};

/** Undefined where it was made. */
const tryOne = async (
  session: Session,
  {kind, what, statements, source, otherwise}: Finish,
): Promise<readonly NotCarried[] | undefined> => {
  try {
    await session.query('BEGIN');
    for (const statement of statements) await session.query(statement);
    await session.query('COMMIT');
    return undefined;
  } catch (error) {
    // What is no plain SQL never reached the server; a lost connection is no refusal.
    const isRefusal = error instanceof QueryError || isNotPlain(error);
    if (!isRefusal || !session.isOpen()) throw error;
    await session.query('ROLLBACK');
    if (otherwise === 'fail') throw failed(what, error);
    const why = error.message;
    const told = {kind, what, why, ...(source === undefined ? {} : {source})};
    if (otherwise === 'report') return [told];
    const others = await attempt(session, otherwise);
    return [{...told, why: `${why}; instead: ${otherwise.what}`}, ...others];
  }
};

const isNotPlain = (error: unknown): error is OpsError =>
  error instanceof OpsError && error.kind === 'notIntact';

const failed = (what: string, cause: Error) =>
  new OpsError('toolFailed', `the server refused the ${what}`, {
    hint: 'the cause says why: leave it out or change it with --map, then run again',
    cause,
  });

import * as databases from '../commands/databases.ts';
import type {Session} from '../io/session.ts';
import {OpsError} from '../model/errors.ts';

type Decided = {
  readonly database: string;
  /** What has that name; undefined where nothing has. */
  readonly target: {readonly oid: number} | undefined;
  /** Another that was decided of. */
  readonly kept?: {readonly oid: number; readonly name: string};
};

/** What was decided of one database must not befall another of the same name. Errors: unavailable. */
export const refuseChanged = async (
  session: Session,
  {database, target, kept}: Decided,
): Promise<void> => {
  const [found] = await session.query<{oid: number}>(databases.databaseTraits(database));
  const [name] = kept ? await session.query<string>(databases.nameOf(kept.oid)) : [];
  if (found?.oid === target?.oid && name === kept?.name) return;
  const which = kept ? `'${database}' or '${kept.name}' is` : `'${database}' is`;
  throw new OpsError(
    'unavailable',
    `${which} not the database any more that the plan was made for`,
    {hint: 'somebody made, dropped or swapped it meanwhile: run again and read the new plan'},
  );
};

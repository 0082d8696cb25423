/** What a migrate is for: the server, the role and its rights there. By itself: it is asked while the source is copied. */
import {targetFacts} from '../../commands/migrate-target.ts';
import type {Connection} from '../../model/connection.ts';
import {reach, type Server, withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';

export type TargetFacts = {
  readonly role: string;
  readonly schema: string;
  readonly isThere: boolean;
  readonly mayCreateSchema: boolean;
  readonly mayCreateIn: boolean;
  readonly hasIcu: boolean;
  readonly encoding: string;
  readonly collations: readonly string[];
  readonly userTables: number;
};

export type Target = {readonly server: Server; readonly facts: TargetFacts};

/** What is known of the target before the source is read. Errors: unavailable. */
export const lookAtTarget = async (
  context: Context,
  connection: Connection,
  {schema}: {readonly schema: string | undefined},
): Promise<Target> => {
  const server = await reach(context, connection);
  const [facts] = await withServerSession(context, server, (session) =>
    session.query<TargetFacts>(targetFacts(schema)),
  );
  return {server, facts: facts as TargetFacts};
};

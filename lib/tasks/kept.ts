/** Databases that restores and undos have kept on a server. What they are is in their comments. */
import * as databases from '../commands/databases.ts';
import type {Session} from '../io/session.ts';
import {type Commented, type Kept, keptAmong} from '../model/kept.ts';
import type {Context} from './context.ts';

/** Newest first. One that was renamed by hand is nobody's to drop or to swap in, whatever its comment says. */
export const keptDatabases = async (session: Session): Promise<readonly Kept[]> =>
  keptAmong(await session.query<Commented>(databases.databases), 'before');

export type Expiry = Kept & {readonly expiresAt: string; readonly isExpired: boolean};

const dayMilliseconds = 86_400_000;

/** The moment from which one that was put aside then may be dropped, by the setting of today. */
export const expiresAt = ({settings}: Pick<Context, 'settings'>, at: string): Date =>
  new Date(Date.parse(at) + settings.keepOldDays * dayMilliseconds);

/** Until when one is kept. */
export const expiryOf = (context: Pick<Context, 'now' | 'settings'>, kept: Kept): Expiry => {
  const expires = expiresAt(context, kept.note.at);
  return {...kept, expiresAt: expires.toISOString(), isExpired: expires <= context.now};
};

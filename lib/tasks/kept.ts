/** Databases that restores and undos have kept on a server. What they are is in their comments. */
import * as databases from '../commands/databases.ts';
import type {Session} from '../io/session.ts';
import {type Note, noteIn} from '../model/beside.ts';
import type {Context} from './context.ts';

export type Kept = {readonly oid: number; readonly name: string; readonly note: Note};

/** Newest first. */
export const keptDatabases = async (session: Session): Promise<readonly Kept[]> => {
  type Row = {readonly oid: number; readonly name: string; readonly comment: string | null};
  const rows = await session.query<Row>(databases.databases);
  return rows
    .flatMap(({oid, name, comment}) => {
      const note = noteIn(comment);
      return note?.role === 'before' ? [{oid, name, note}] : [];
    })
    .sort((a, b) => (a.note.run < b.note.run ? 1 : -1));
};

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

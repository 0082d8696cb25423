/** Databases that restores and undos have kept on a server. What they are is in their comments. */
import * as databases from '../commands/databases.ts';
import type {Session} from '../io/session.ts';
import {type Note, noteIn} from '../model/beside.ts';

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

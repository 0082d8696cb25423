/** What `pin` and `unpin` have in common. */
import type {StoredSet} from '../lib/io/store.ts';
import {printable} from '../lib/model/redact.ts';
import {databaseFlag, settingFlag} from './_door.ts';

export const pinning = {
  arguments: [{name: 'set', summary: 'an id, `latest`, or a folder'}],
  options: {
    database: {...databaseFlag, summary: 'the database whose set is meant'},
    backups: settingFlag('backups'),
  },
  show: ({manifest, isPinned}: StoredSet): string =>
    `${manifest.id} of '${printable(manifest.database)}' is ${isPinned ? '' : 'not '}pinned`,
  json: ({manifest, folder, isPinned}: StoredSet) => ({
    id: manifest.id,
    database: manifest.database,
    folder,
    isPinned,
  }),
} as const;

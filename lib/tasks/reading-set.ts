import {dirname} from 'node:path';
import {whileReading} from '../io/readers.ts';
import type {StoredSet} from '../io/store.ts';
import type {Context} from './context.ts';

/** Read a set that no prune takes away meanwhile; one elsewhere than among the backups nobody prunes. Errors: locked. */
export const readingSet = <Value>(
  {shell, settings}: Context,
  {folder}: Pick<StoredSet, 'folder'>,
  read: () => Promise<Value>,
): Promise<Value> =>
  dirname(dirname(folder)) === settings.backups
    ? whileReading(shell, dirname(folder), read)
    : read();

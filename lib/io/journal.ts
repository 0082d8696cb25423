/** The journal of a database's restores, beside its sets: appended, each line on the disk before work goes on. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {type Entry, parseJournal, serialiseEntry} from '../model/restore-journal.ts';
import {appendDurably} from './durable.ts';

const name = 'restores.jsonl';

/** What is known of a shelf's restores, oldest first; nothing where none was made. */
export const readJournal = async (shelf: string): Promise<readonly Entry[]> =>
  parseJournal(await readFile(join(shelf, name), 'utf8').catch(() => ''));

/** A line with the time of its writing, whatever the entry says. Errors: toolFailed. */
export const record = (shelf: string, entry: Entry): Promise<void> => {
  const stamped = {
    ...entry,
    at: new Date().toISOString(),
  };
  return appendDurably(join(shelf, name), serialiseEntry(stamped));
};

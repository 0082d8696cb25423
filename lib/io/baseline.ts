/** `.baseline.json` of a shelf. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {type Baseline, parseBaseline, serialiseBaseline} from '../model/baseline.ts';
import {writeDurably} from './durable.ts';

const fileIn = (shelf: string) => join(shelf, '.baseline.json');

/** What was recorded; nothing where it is missing or can't be read. */
export const readBaseline = async (shelf: string): Promise<Baseline> =>
  parseBaseline(await readFile(fileIn(shelf), 'utf8').catch(() => ''));

/** On the disk when this returns. Needs the lock of the shelf. Errors: toolFailed. */
export const recordBaseline = (shelf: string, baseline: Baseline): Promise<void> =>
  writeDurably(fileIn(shelf), serialiseBaseline(baseline));

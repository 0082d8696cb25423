/** Whether a map is one for this kind of source: what is known before the source is read. */
import {OpsError} from '../errors.ts';
import {atLine, type MigrateMap} from './migrate-map.ts';

/** Errors: settings for what is said of another kind of source. */
export const assertMeant = (map: MigrateMap, source: 'SQLite' | 'Redis'): void => {
  const parts =
    source === 'SQLite'
      ? ([['keys', 'of Redis']] as const)
      : ([
          ['tables', 'of SQLite'],
          ['defaults', 'of SQLite'],
        ] as const);
  assertNone(
    parts
      .filter(([part]) => map[part] !== undefined)
      .map(
        ([part, of]) =>
          `${atLine(map.lineOf?.([part]))}'${part}' is ${of}, and the source is ${source}`,
      ),
  );
};

/** Errors: settings, all faults at once. */
export const assertNone = (faults: readonly string[]): void => {
  if (faults.length === 0) return;
  throw new OpsError('settings', faults.join('; '), {hint: 'correct the file of --map'});
};

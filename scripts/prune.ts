import {exitCodes} from '../lib/model/errors.ts';
import {printable} from '../lib/model/redact.ts';
import {databaseFlag, defineDoor, dryRunFlag, main, settingFlag, yesFlag} from './_main.ts';
import {allowLargePruneFlag, retentionFlags} from './_retention.ts';

export const door = defineDoor({
  name: 'prune',
  summary: 'retention by itself: each set, kept or removed, and why',
  description:
    'Never removed: the newest good set, the newest proven one, pinned sets, the newest three of each before-* reason, sets dated in the future or never checked, whatever is no set. Nothing of a database is removed where its rows or size fell by more than half, after a leap of the clock, or where more than half of its sets would go at once: exit 2, with the other databases pruned all the same.',
  options: {
    dryRun: dryRunFlag,
    ...retentionFlags,
    allowLargePrune: allowLargePruneFlag,
    database: {...databaseFlag, summary: 'only the sets of this database'},
    databases: {
      summary:
        'instead of sets: drop the databases that restores and undos kept, once they have expired',
    },
    keepOldDays: {...settingFlag('keepOldDays'), goesWith: 'databases'},
    yes: {...yesFlag, goesWith: 'databases'},
    backups: settingFlag('backups'),
  },
  async run(context, {flags}) {
    if (flags.databases) {
      const {dropKept} = await import('./_drop-kept.ts');
      return {kept: await dropKept(context, flags)};
    }
    const [{pruneShelves}, {table}] = await Promise.all([
      import('../lib/tasks/prune-shelves.ts'),
      import('../lib/io/table.ts'),
    ]);
    const {dryRun: isDryRun, allowLargePrune: allowLarge, database} = flags;
    const pruned = await pruneShelves(context, {database, isDryRun, allowLarge});
    return {pruned, table, isDryRun};
  },
  show(result) {
    if ('kept' in result) return result.kept.text;
    const {pruned, table, isDryRun} = result;
    const rows = pruned.flatMap(({database, decisions, removed, unreadable}) => [
      ...decisions.map(({id, isKept, reasons}) => [
        id,
        database,
        isKept ? 'kept' : isDryRun ? 'would go' : removed.includes(id) ? 'removed' : 'left',
        reasons.join('; '),
      ]),
      ...unreadable.map(({id, why}) => [
        id,
        database,
        'left alone',
        `no set that can be read: ${why}`,
      ]),
    ]);
    const said = pruned.flatMap(({database, objections, notes}) => [
      ...objections.map((text) => `refused: ${printable(database)}: ${text}`),
      ...notes.map((text) => `note: ${printable(database)}: ${text}`),
    ]);
    return [
      rows.length > 0 ? table({head: ['set', 'database', '', 'why'], rows}) : 'no sets',
      ...said,
    ].join('\n');
  },
  json: (result) =>
    'kept' in result
      ? result.kept.json
      : result.pruned.map(
          ({database, decisions, removed, objections, falls, notes, unreadable}) => ({
            ...{database, decisions, removed, objections, falls, notes},
            /** Left alone. */
            unreadable,
          }),
        ),
  exit(result) {
    if ('kept' in result) return 0;
    const {pruned, isDryRun} = result;
    if (pruned.some(({isLocked}) => isLocked)) return exitCodes.locked.exit;
    return !isDryRun && pruned.some(({isRefused}) => isRefused) ? exitCodes.usage.exit : 0;
  },
});

await main(door, import.meta);

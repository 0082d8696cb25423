import {databaseFlag, defineDoor, dryRunFlag, main, settingFlag} from './_main.ts';

export const door = defineDoor({
  name: 'prune',
  summary: 'retention by itself: each set, kept or removed, and why',
  description:
    'Never removed: the newest good set, the newest proven one, pinned sets, the newest three of each before-* reason. A policy that would remove more than half of the sets at once is refused.',
  options: {
    dryRun: dryRunFlag,
    retentionDays: settingFlag('retentionDays'),
    database: {...databaseFlag, summary: 'only the sets of this database'},
    backups: settingFlag('backups'),
  },
  async run(context, {flags}) {
    const [{planPrune, prune}, {readShelves}, {table}, {OpsError}] = await Promise.all([
      import('../lib/tasks/prune.ts'),
      import('../lib/tasks/find-set.ts'),
      import('../lib/io/table.ts'),
      import('../lib/model/errors.ts'),
    ]);
    const shelves = await readShelves(context, flags.database);
    const pruned = [];
    for (const {folder, database} of shelves) {
      const done = flags.dryRun ? await planPrune(context, folder) : await prune(context, folder);
      if (done.objection !== undefined && !flags.dryRun)
        throw new OpsError('usage', `${done.objection}: nothing was removed`, {
          hint: '`pgkeep prune --dry-run` shows them; pin what must stay, or raise --retention-days',
        });
      pruned.push({...done, database});
    }
    return {pruned, table, isDryRun: flags.dryRun};
  },
  show({pruned, table, isDryRun}) {
    const rows = pruned.flatMap(({database, decisions, removed}) =>
      decisions.map(({id, isKept, reasons}) => [
        id,
        database,
        isKept ? 'kept' : isDryRun ? 'would go' : removed.includes(id) ? 'removed' : 'left',
        reasons.join('; '),
      ]),
    );
    const objections = pruned.flatMap(({objection}) =>
      objection === undefined ? [] : [`refused: ${objection}`],
    );
    return [
      rows.length > 0 ? table({head: ['set', 'database', '', 'why'], rows}) : 'no sets',
      ...objections,
    ].join('\n');
  },
  json: ({pruned}) =>
    pruned.map(({database, decisions, removed, objection = null}) => ({
      database,
      decisions,
      removed,
      objection,
    })),
});

await main(door, import.meta);

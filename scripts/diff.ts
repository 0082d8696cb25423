import {databaseFlag, defineDoor, main, settingFlag} from './_main.ts';

export const door = defineDoor({
  name: 'diff',
  summary: 'what changed from one set to another: rows, sizes, tables, columns, definitions',
  description:
    'A and B are ids, `latest`, or folders; the first is where the comparison starts. One alone is compared with the set before it (of the same server, with the same filters), none at all means `latest`.',
  arguments: [
    {name: 'A', summary: 'a set', optional: true},
    {name: 'B', summary: 'another one', optional: true},
  ],
  options: {
    database: {...databaseFlag, summary: 'the database whose sets are meant'},
    backups: settingFlag('backups'),
  },
  async run(context, {flags, args}) {
    const [{diff}, {tellDiff}] = await Promise.all([
      import('../lib/tasks/diff.ts'),
      import('../lib/tasks/tell-diff.ts'),
    ]);
    return {...(await diff(context, args, flags.database)), tellDiff};
  },
  show: ({before, after, diff, tellDiff}) => tellDiff({before, after, diff}),
  json: ({before, after, diff}) => ({
    before: {id: before.manifest.id, database: before.manifest.database, folder: before.folder},
    after: {id: after.manifest.id, database: after.manifest.database, folder: after.folder},
    ...diff,
  }),
});

await main(door, import.meta);

import {databaseFlag, defineDoor, main, settingFlag} from './_main.ts';

export const door = defineDoor({
  name: 'show',
  summary: 'one set in full, and the lines that restore it by hand',
  arguments: [{name: 'set', summary: 'an id, `latest` (the default), or a folder', optional: true}],
  options: {
    database: {...databaseFlag, summary: 'the database whose set is meant'},
    backups: settingFlag('backups'),
  },
  async run(context, {flags, args}) {
    const {show} = await import('../lib/tasks/show.ts');
    return show(context, args[0] ?? 'latest', flags.database);
  },
  show: ({text}) => text,
  json: ({set, byHand}) => ({
    folder: set.folder,
    isPinned: set.isPinned,
    manifest: set.manifest,
    proofs: set.proofs,
    byHand,
  }),
});

await main(door, import.meta);

import {databaseFlag, defineDoor, main, settingFlag} from './_main.ts';

export const door = defineDoor({
  name: 'unpin',
  summary: 'give a pinned set back to retention',
  arguments: [{name: 'set', summary: 'an id, `latest`, or a folder'}],
  options: {
    database: {...databaseFlag, summary: 'the database whose set is meant'},
    backups: settingFlag('backups'),
  },
  async run(context, {flags, args}) {
    const {unpin} = await import('../lib/tasks/pin.ts');
    return unpin(context, args[0] ?? 'latest', flags.database);
  },
  show: ({manifest, isPinned}) =>
    `${manifest.id} of '${manifest.database}' is ${isPinned ? '' : 'not '}pinned`,
  json: ({manifest, folder, isPinned}) => ({
    id: manifest.id,
    database: manifest.database,
    folder,
    isPinned,
  }),
});

await main(door, import.meta);

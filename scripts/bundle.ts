import {databaseFlag, defineDoor, main, settingFlag} from './_main.ts';

export const door = defineDoor({
  name: 'bundle',
  summary: 'one set as one portable tar file, and back',
  description:
    'Packs a set (an id or `latest`) after checking every byte of it; the same set gives the same bytes. `--open FILE` takes such a file in among the sets, after every member was checked against its manifest.',
  arguments: [{name: 'set', summary: 'an id, `latest` (the default), or a folder', optional: true}],
  options: {
    open: {
      value: 'FILE',
      summary: 'take this bundle in among the sets',
      conflicts: ['out', 'database'],
    },
    out: {
      value: 'FILE',
      summary: 'the file to write; <database>-<id>.tar in the current folder by default',
    },
    database: {...databaseFlag, summary: 'the database whose set is meant'},
    backups: settingFlag('backups'),
  },
  async run(context, {flags, args}) {
    const {bundle, openBundle} = await import('../lib/tasks/bundle.ts');
    if (flags.open !== undefined) {
      const set = await openBundle(context, flags.open);
      return {set, file: flags.open, isOpened: true};
    }
    const {database, out} = flags;
    return {
      ...(await bundle(context, {name: args[0] ?? 'latest', database, out})),
      isOpened: false,
    };
  },
  show: ({set, file, isOpened}) => (isOpened ? set.folder : file),
  json: ({set, file}) => ({
    id: set.manifest.id,
    database: set.manifest.database,
    folder: set.folder,
    file,
  }),
});

await main(door, import.meta);

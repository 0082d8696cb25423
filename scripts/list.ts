import {printable} from '../lib/model/redact.ts';
import {databaseFlag, defineDoor, main, settingFlag} from './_main.ts';

export const door = defineDoor({
  name: 'list',
  summary: 'the sets that are there, with age, size, proof and pins',
  options: {
    database: {...databaseFlag, summary: 'only the sets of this database'},
    backups: settingFlag('backups'),
  },
  async run(context, {flags}) {
    const [{list}, {table}] = await Promise.all([
      import('../lib/tasks/list.ts'),
      import('../lib/io/table.ts'),
    ]);
    return {...(await list(context, flags.database)), table, backups: context.settings.backups};
  },
  show({sets, unreadable, table, backups}) {
    const head = ['set', 'database', 'age', 'size', 'tables', 'rows', 'format', 'reason', 'proof'];
    const rows = sets.map((set) => [
      set.id,
      set.database,
      set.age,
      set.size,
      set.tables,
      set.rows,
      set.format,
      set.reason,
      `${set.proof}${set.isPinned ? ', pinned' : ''}`,
    ]);
    return [
      rows.length > 0 ? table({head, rows, right: [3, 4, 5]}) : `no sets in ${backups}`,
      ...unreadable.map(({folder, why}) => `not a set: ${printable(`${folder}: ${why}`)}`),
    ].join('\n');
  },
  json: ({sets, unreadable}) => ({sets, unreadable}),
});

await main(door, import.meta);

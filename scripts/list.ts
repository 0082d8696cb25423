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
    const [{list}, {inWords}, {table}] = await Promise.all([
      import('../lib/tasks/list.ts'),
      import('../lib/tasks/describe.ts'),
      import('../lib/io/table.ts'),
    ]);
    const listed = await list(context, flags.database);
    return {...listed, table, inWords, backups: context.settings.backups};
  },
  show({sets, unreadable, undo, notes, table, inWords, backups}) {
    const head = ['set', 'database', 'age', 'size', 'tables', 'rows', 'format', 'reason', 'proof'];
    const rows = sets.map((set) => {
      const {age, size, tables, rows, proof} = inWords(set);
      const marks = [set.isPinned && 'pinned', set.isLatest && 'latest'].filter(Boolean);
      const proofs = [proof, ...marks].join(', ');
      return [set.id, set.database, age, size, tables, rows, set.format, set.reason, proofs];
    });
    return [
      rows.length > 0 ? table({head, rows, right: [3, 4, 5]}) : `no sets in ${backups}`,
      ...unreadable.map(({folder, why}) => `not a set: ${printable(`${folder}: ${why}`)}`),
      ...undo.map(
        ({database, set, kept, until}) =>
          `undo: by this host's journal '${printable(database)}' was restored from ${set}; what was there is kept on its server as '${printable(kept)}' until ${until.slice(0, 10)}`,
      ),
      ...notes.map((text) => `no 'latest': ${printable(text)}`),
    ].join('\n');
  },
  json: ({sets, unreadable, undo, notes}) => ({sets, unreadable, undo, notes}),
});

await main(door, import.meta);

/** The tables of a file that `export --json-path` wrote: read twice, for the types and for the lines that are loaded. */
import {bytesFrom, sha256Of} from '../../commands/stream.ts';
import {withInput} from '../../io/descriptor.ts';
import {keepLines} from '../../io/sources/kept-lines.ts';
import {inPlural} from '../../model/amounts.ts';
import type {IncomingTable, NotCarried} from '../../model/migrate/incoming.ts';
import type {Decision} from '../../model/migrate/plan-text.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';
import {type ReadTable, readTwice} from './read-rows.ts';
import {sampleLines} from './sample-lines.ts';
import type {StoreSource} from './store-source.ts';

type Asked = {readonly path: string; readonly run: string};

/** Errors: usage, notIntact with the line of what is no export; toolFailed. */
export const openRows = async (context: Context, {path, run}: Asked): Promise<StoreSource> => {
  const {backups} = context.settings;
  const kept = await keepLines({backups, name: 'json rows', run}, (place) =>
    inPhase(context, 'reading the rows', () => readTwice(context, path, place)),
  );
  const {tables, empty} = kept.value;
  const {stdout} = await context.shell.run(sha256Of(kept.path));
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const piece = ({name}: IncomingTable) => {
    const {from = 0, bytes = 0} = tables.find((table) => table.name === name) ?? {};
    return bytesFrom(from, {bytes});
  };
  return {
    label: `the rows in ${path}`,
    told: `${inPlural(tables.length, 'table')} with ${inPlural(rows, 'row')}`,
    ...{copy: kept.path, sha256: stdout.slice(0, 64)},
    ...{tables: tables.map(incoming), decisions: tables.flatMap(decisions)},
    ...{notCarried: [...empty.map(withoutRows), withoutKeys], collations: [], after: []},
    sample: (inner, table, places) =>
      sampleLines(inner, kept.path, {
        ...{columns: table.columns, places, keys: table.columns.map(({name}) => name)},
        from: [piece(table)],
      }),
    withLines: (_context, {table}, use) =>
      withInput(kept.path, (input) => use({stages: [piece(table)], input})),
  };
};

const withoutRows = (name: string): NotCarried => ({
  ...{kind: 'table', what: `table '${name}'`, why: 'it has no row that tells its columns'},
});

const withoutKeys: NotCarried = {
  kind: 'definition',
  what: 'keys, indexes, defaults, constraints and types',
  why: 'a file of rows has none of them',
};

const incoming = ({source, name, rows, bytes, columns}: ReadTable): IncomingTable => ({
  ...{source, name, rows, bytes, comparesAsLoaded: true, finishes: []},
  columns: columns.map((column) => ({name: column.name, type: column.type, isNotNull: false})),
});

const decisions = (table: ReadTable): readonly Decision[] =>
  table.columns.map(({source, name, type, why, seen: {values}}) => ({
    ...{table: table.source, column: source, declared: '', tableName: table.name, name, type, why},
    ...{isWidened: false, values, nulls: table.rows - values, least: '', greatest: '', samples: []},
  }));

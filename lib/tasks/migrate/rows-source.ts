/** The tables of a file that `export --json-path` wrote: read twice, for the types and for the lines that are loaded. */
import {bytesFrom, sha256Of} from '../../commands/stream.ts';
import {removeFile, withInput} from '../../io/descriptor.ts';
import {lineWriter} from '../../io/line-file.ts';
import {copyFileAside, readExport} from '../../io/sources/export-rows.ts';
import {keepLines, type Place} from '../../io/sources/kept-lines.ts';
import {inPlural} from '../../model/amounts.ts';
import {copyLine} from '../../model/migrate/copy-text.ts';
import type {RawMember} from '../../model/migrate/export-file.ts';
import type {IncomingTable, NotCarried} from '../../model/migrate/incoming.ts';
import {createNamer} from '../../model/migrate/names.ts';
import type {Decision} from '../../model/migrate/plan-text.ts';
import {
  chooseRowType,
  nothingSeen,
  type RowChoice,
  rowCell,
  type Seen,
  seeValue,
} from '../../model/migrate/row-column.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';
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

type Column = RowChoice & {readonly source: string; readonly name: string; readonly seen: Seen};

type Table = {
  readonly source: string;
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly Column[];
  /** Where its lines are among those that are kept. */
  readonly from: number;
  readonly bytes: number;
};

const incoming = ({source, name, rows, bytes, columns}: Table): IncomingTable => ({
  ...{source, name, rows, bytes, comparesAsLoaded: true, finishes: []},
  columns: columns.map((column) => ({name: column.name, type: column.type, isNotNull: false})),
});

const decisions = (table: Table): readonly Decision[] =>
  table.columns.map(({source, name, type, why, seen: {values}}) => ({
    ...{table: table.source, column: source, declared: '', tableName: table.name, name, type, why},
    ...{isWidened: false, values, nulls: table.rows - values, least: '', greatest: '', samples: []},
  }));

const readTwice = async (context: Context, path: string, {descriptor, passing}: Place) => {
  const reading = {shown: path, signal: context.signal};
  try {
    await copyFileAside(path, passing, context.signal);
    const looked: Looked[] = [];
    await readExport(passing, reading, (part) => {
      if ('table' in part) looked.push({source: part.table, rows: 0, seen: new Map()});
      else look(looked.at(-1), part.row);
    });
    const writer = lineWriter(descriptor);
    const chosen = chosenOf(looked);
    const written = new Map<string, number>();
    let columns: readonly Column[] = [];
    let current = '';
    await readExport(passing, reading, (part) => {
      if ('table' in part) {
        current = part.table;
        columns = chosen.find(({source}) => source === current)?.columns ?? [];
      } else if (columns.length > 0) {
        const line = lineOf(columns, part.row);
        writer.write(line);
        written.set(current, (written.get(current) ?? 0) + Buffer.byteLength(line));
      }
    });
    writer.end();
    const isTable = ({columns: own}: Chosen) => own.length > 0;
    return {
      tables: placed(chosen.filter(isTable), written),
      empty: chosen.filter((table) => !isTable(table)).map(({source}) => source),
    };
  } finally {
    await removeFile(passing);
  }
};

type Looked = {readonly source: string; rows: number; readonly seen: Map<string, Seen>};

const look = (table: Looked | undefined, row: readonly RawMember[]): void => {
  if (!table) return;
  table.rows += 1;
  for (const member of row)
    table.seen.set(member.name, seeValue(table.seen.get(member.name) ?? nothingSeen, member));
};

type Chosen = Omit<Table, 'from' | 'bytes'>;

const chosenOf = (looked: readonly Looked[]): readonly Chosen[] => {
  const relations = createNamer({style: 'keep', of: 'relations'});
  return looked.map(({source, rows, seen}) => {
    const names = createNamer({style: 'keep', of: 'columns'});
    const columns = [...seen].map(([column, values]) => ({
      ...{source: column, name: names.nameFor(column), seen: values},
      ...chooseRowType(values),
    }));
    return {source, name: relations.nameFor(source), rows, columns};
  });
};

const lineOf = (columns: readonly Column[], row: readonly RawMember[]): string => {
  const members = new Map(row.map((member) => [member.name, member]));
  return copyLine(
    columns.map(({source, type}) => {
      const member = members.get(source);
      return member && rowCell(type, member);
    }),
  );
};

const placed = (
  tables: readonly Chosen[],
  written: ReadonlyMap<string, number>,
): readonly Table[] => {
  let from = 0;
  return tables.map((table) => {
    const bytes = written.get(table.source) ?? 0;
    const at = from;
    from += bytes;
    return {...table, from: at, bytes};
  });
};

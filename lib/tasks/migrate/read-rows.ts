/** A file of rows, read twice from a copy: for the types, then for the lines of COPY. */
import {removeFile} from '../../io/descriptor.ts';
import {lineWriter} from '../../io/line-file.ts';
import {copyFileAside, readExport} from '../../io/sources/export-rows.ts';
import type {Place} from '../../io/sources/kept-lines.ts';
import {copyLine} from '../../model/migrate/copy-text.ts';
import type {RawMember} from '../../model/migrate/export-file.ts';
import {createNamer} from '../../model/migrate/names.ts';
import {
  chooseRowType,
  nothingSeen,
  type RowChoice,
  rowCell,
  type Seen,
  seeValue,
} from '../../model/migrate/row-column.ts';
import type {Context} from '../context.ts';

type Column = RowChoice & {readonly source: string; readonly name: string; readonly seen: Seen};

export type ReadTable = {
  readonly source: string;
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly Column[];
  /** Where its lines are among those that are kept. */
  readonly from: number;
  readonly bytes: number;
};

/** Errors: usage, notIntact with the line of what is no export; toolFailed. */
export const readTwice = async (
  context: Context,
  path: string,
  {descriptor, passing}: Place,
): Promise<{readonly tables: readonly ReadTable[]; readonly empty: readonly string[]}> => {
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

type Chosen = Omit<ReadTable, 'from' | 'bytes'>;

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
): readonly ReadTable[] => {
  let from = 0;
  return tables.map((table) => {
    const bytes = written.get(table.source) ?? 0;
    const at = from;
    from += bytes;
    return {...table, from: at, bytes};
  });
};

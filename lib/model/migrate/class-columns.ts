/** The columns that hold the classes of other columns, in tables that are there already. */
import type {Fitted, Matched} from './seeded.ts';
import type {NamedTable} from './sqlite-table.ts';

/** Whether a table that is there has a column for the classes of another, as a migrate of definitions makes it. */
export const hasRoomFor = (
  {tables}: Fitted,
  {table, column}: {readonly table: string; readonly column: string},
): boolean =>
  tables.some(
    ({source, target, columns}) =>
      source === table &&
      !columns.includes(column) &&
      target.columns.some(({name, type}) => name === column && type === 'text'),
  );

type ClassColumn = {
  /** The table in the source and in the target. */
  readonly source: string;
  readonly table: string;
  readonly column: string;
};

export const classColumnsOf = (named: readonly NamedTable[]): readonly ClassColumn[] =>
  named.flatMap(({fact, name: table, columns}) =>
    columns.flatMap(({classColumn: column}) =>
      column === undefined ? [] : [{source: fact.name, table, column}],
    ),
  );

/** What is matched, with the columns that come beside those of the source. */
export const withClassColumns = (
  matched: readonly Matched[],
  classColumns: readonly ClassColumn[],
): readonly Matched[] =>
  matched.map((each) => {
    const own = classColumns.filter(({source}) => source === each.source);
    return {...each, columns: [...each.columns, ...own.map(({column}) => column)]};
  });

/** What is to be known of columns that nothing comes for. */
export const unfedLines = (
  {unfed}: Fitted,
  classColumns: readonly ClassColumn[],
): readonly string[] =>
  unfed
    .filter(
      ({table, column}) =>
        !classColumns.some((own) => own.table === table && own.column === column),
    )
    .map(
      ({table, column}) => `'${column}' of '${table}' is not in the source: its default, or NULL`,
    );

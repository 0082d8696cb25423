/** What a migration takes away from those who do not know of it yet: the version that served before. */

export type ColumnFacts = {
  /** `public.item` */
  readonly table: string;
  /** The table's own name. */
  readonly name: string;
  readonly column: string;
  readonly type: string;
  /** Whoever inserts a row has to give it a value. */
  readonly needsValue: boolean;
};

export type HarmfulChange = {
  readonly name: string;
  /** `public.item.name is gone` */
  readonly what: string;
  /** Whom it can harm: whoever uses the table, or inserts into it. */
  readonly harms: 'any' | 'insert';
};

/** What is gone, has another type, or asks for a value that nobody gave before. What is new harms nobody. */
export const harmfulChanges = (
  before: readonly ColumnFacts[],
  after: readonly ColumnFacts[],
): readonly HarmfulChange[] => {
  const keyOf = ({table, column}: ColumnFacts) => `${table}.${column}`;
  const [was, is] = [before, after].map((all) => new Map(all.map((each) => [keyOf(each), each])));
  const left = new Set(after.map(({table}) => table));
  const known = new Set(before.map(({table}) => table));
  const gone = [...new Set(before.filter(({table}) => !left.has(table)).map(({table}) => table))];
  return [
    ...gone.map((table) => ({
      ...{name: before.find((each) => each.table === table)?.name ?? table, harms: 'any' as const},
      what: `${table} is gone`,
    })),
    ...before
      .filter(({table}) => left.has(table))
      .flatMap((column): readonly HarmfulChange[] => {
        const now = is?.get(keyOf(column));
        const {name, type} = column;
        if (!now) return [{name, harms: 'any', what: `${keyOf(column)} is gone`}];
        if (now.type === type) return [];
        return [{name, harms: 'any', what: `${keyOf(column)} is ${now.type} and was ${type}`}];
      }),
    ...after
      .filter((column) => known.has(column.table) && column.needsValue)
      .filter((column) => was?.get(keyOf(column))?.needsValue !== true)
      .map((column) => ({
        ...{name: column.name, harms: 'insert' as const},
        what: `${keyOf(column)} needs a value in every new row`,
      })),
  ];
};

/** The first of these that no statement put to the test. */
export const untested = (
  changes: readonly HarmfulChange[],
  statements: readonly string[],
): HarmfulChange | undefined =>
  changes.find(({name, harms}) => !statements.some((each) => isAbout(each, name, harms)));

const isAbout = (statement: string, name: string, harms: HarmfulChange['harms']): boolean => {
  const words: readonly string[] =
    statement.toLowerCase().match(/[\w$\u0080-\uffff]+|"(?:[^"]|"")*"/g) ?? [];
  const wanted = name.toLowerCase();
  const isNamed = words.some((word) => word === wanted || word === `"${wanted}"`);
  return isNamed && (harms === 'any' || words.includes('insert') || words.includes('copy'));
};

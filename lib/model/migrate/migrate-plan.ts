/** What a migrate is about to do, decided before anything is touched. */
import type {NotCarried} from './incoming.ts';
import type {RowPlan} from './row-plan.ts';

/** A table that is to come, and what has its name in the target now. */
export type TablePlan = {
  readonly source: string;
  readonly name: string;
  readonly rows: number;
  /** Undefined where nothing has the name; rows where it could be counted. */
  readonly present: {readonly kind: string; readonly rows: number | undefined} | undefined;
};

export type MigratePlan = {
  readonly run: string;
  readonly source: string;
  readonly database: string;
  /** The schema that the tables are for. */
  readonly schema: string;
  readonly server: {readonly address: string; readonly port: number; readonly version: string};
  readonly role: string;
  /** The largest first: the order of loading. */
  readonly tables: readonly TablePlan[];
  /** Partitions of what is put aside: they go with it. */
  readonly partitionsAside: readonly string[];
  readonly notCarried: readonly NotCarried[];
  readonly cautions: readonly string[];
  /** Why it can't be: nothing is begun where there is one. */
  readonly faults: readonly {readonly what: string; readonly hint: string}[];
  /** What can't be as it is asked for, whatever the rights: nothing is begun either. */
  readonly refusals?: readonly {readonly what: string; readonly hint: string}[];
  /** Rows alone, into tables that are there; undefined: tables are made. */
  readonly rows?: readonly RowPlan[];
  /** What is in the target database already is saved as a set first. */
  readonly savesFirst: boolean;
};

/** What is there now and would be put aside. */
export const replaced = ({tables}: Pick<MigratePlan, 'tables'>): readonly TablePlan[] =>
  tables.filter(({present}) => present !== undefined);

/** All that has to be moved out of the way, each by its kind. */
export const putAside = (
  plan: Pick<MigratePlan, 'tables' | 'partitionsAside'>,
): readonly {readonly kind: 'table' | 'view'; readonly name: string}[] => [
  ...replaced(plan).map(({name, present}) => ({
    name,
    kind: present?.kind === 'view' ? ('view' as const) : ('table' as const),
  })),
  ...plan.partitionsAside.map((name) => ({name, kind: 'table' as const})),
];

/** One line for each table in the way: what a refusal says. */
export const presentLines = (plan: Pick<MigratePlan, 'tables'>): readonly string[] =>
  replaced(plan).map(({name, present}) => {
    const rows = present?.rows;
    const amount = rows === undefined ? '' : ` with ${rows === 1 ? '1 row' : `${rows} rows`}`;
    return `${present?.kind} '${name}'${amount}`;
  });

/** Fills the staging schema: tables side by side, each loaded, compared and given its keys. */
import * as staging from '../../commands/migrate-staging.ts';
import {findHasher} from '../../io/hasher.ts';
import type {Session} from '../../io/session.ts';
import {OpsError} from '../../model/errors.ts';
import {type IncomingTable, loadOrder, type NotCarried} from '../../model/migrate/incoming.ts';
import type {Progress} from '../../model/report.ts';
import {withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';
import {together} from '../together.ts';
import {type Compared, compareTable} from './compare.ts';
import {finishAll} from './finish.ts';
import {loadHashed, loadTable, type Site} from './load.ts';

/** `none`: no rows are loaded, definitions alone. */
export type Comparison = 'content' | 'rows' | 'none';

export type StagedTable = {
  readonly source: string;
  readonly name: string;
  readonly rows: number;
  /** Undefined where only rows were compared. */
  readonly sha256: string | undefined;
  readonly seconds: number;
};

export type Staged = {
  readonly tables: readonly StagedTable[];
  /** What the server did not take. */
  readonly refused: readonly NotCarried[];
};

export type Work = Omit<Site, 'hasher'> & {
  /** The schema that the tables are for. */
  readonly target: string;
  readonly jobs: number;
  readonly comparison: Comparison;
  /** Tables that a run before this one has finished, by name. */
  readonly done: ReadonlyMap<string, StagedTable>;
};

/**
 * Load every table, the largest first, by several workers; then what spans tables. Errors: notIntact for a table
 * that is not what the source holds; toolFailed.
 */
export const stageAll = async (context: Context, work: Work): Promise<Staged> => {
  const {source, schema, target, done} = work;
  const total = source.tables.reduce((sum, {rows}) => sum + rows, 0);
  const queue = [...loadOrder(source.tables)];
  const tables = new Map<string, StagedTable>(done);
  const refused: NotCarried[] = [];
  const hasher = work.comparison === 'content' ? await findHasher(context.shell) : 'sha256sum';
  const count = () => [...tables.values()].reduce((sum, {rows}) => sum + rows, 0);
  const worker = (update: Progress['update']) => (inner: Context) =>
    withServerSession(inner, work.server, (session) =>
      withServerSession(inner, work.server, async (counter) => {
        for (let table = queue.shift(); table; table = queue.shift()) {
          if (tables.has(table.name)) continue;
          const staged = await stageTable(inner, {...work, hasher, session, counter}, table);
          tables.set(table.name, staged.table);
          refused.push(...staged.refused);
          update({done: count(), total, unit: 'rows'});
        }
      }),
    );
  await inPhase(context, 'loading', (update) =>
    together(
      context,
      Array.from({length: Math.min(work.jobs, queue.length)}, () => worker(update)),
    ),
  );
  const spanning = await inPhase(context, 'foreign keys and views', () =>
    withServerSession(context, work.server, (session) =>
      finishAll(session, {schema, target, finishes: source.after}),
    ),
  );
  const inOrder = source.tables.flatMap(({name}) => tables.get(name) ?? []);
  return {tables: inOrder, refused: [...refused, ...spanning]};
};

type Desk = Work & Site & {readonly session: Session; readonly counter: Session};

const stageTable = async (context: Context, desk: Desk, whole: IncomingTable) => {
  const {later: _, ...table} = whole;
  const {session, counter, schema, target, comparison} = desk;
  const startedAt = performance.now();
  const loaded = await load(context, desk, table);
  const site = {...desk, session: counter};
  const compare = (inner: Context) =>
    comparison === 'content'
      ? compareTable(inner, site, {table, loaded})
      : compareRows(counter, {schema, table: comparison === 'none' ? {...table, rows: 0} : table});
  const {conversions = [], finishes} = table;
  const finish = () =>
    finishAll(session, {schema, target, finishes: [...conversions, ...finishes]});
  const [compared, refused] = await together<[Compared, readonly NotCarried[]]>(
    context,
    // What is converted is compared first, as it came; else keys are built meanwhile.
    conversions.length > 0 ? [compare, () => Promise.resolve([])] : [compare, finish],
  );
  if (!compared.isSame) throw differs(table, compared);
  const later = conversions.length > 0 ? await finish() : [];
  await session.query(staging.analyzeTable(schema, table.name));
  const staged: StagedTable = {
    source: table.source,
    name: table.name,
    rows: compared.rows,
    sha256: comparison === 'content' ? compared.sha256 : undefined,
    seconds: Math.round(performance.now() - startedAt) / 1_000,
  };
  await session.query(staging.noteLoaded(schema, table.name, staged));
  return {table: staged, refused: [...refused, ...later]};
};

/** The hash of what was loaded, where it is of use. */
const load = async (context: Context, desk: Desk, table: IncomingTable) => {
  if (desk.comparison === 'content') return loadHashed(context, desk, table);
  if (desk.comparison === 'rows') await loadTable(context, desk, table);
  return undefined;
};

type Counted = {readonly schema: string; readonly table: IncomingTable};

const compareRows = async (session: Session, {schema, table}: Counted): Promise<Compared> => {
  const [rows = -1] = await session.query<number>(staging.countRows(schema, table));
  const isSame = rows === table.rows;
  const differences = isSame ? [] : [`${table.rows} rows in the source, ${rows} in the target`];
  return {rows, sha256: '', isSame, differences};
};

const differs = ({source}: IncomingTable, {differences}: Compared) =>
  new OpsError(
    'notIntact',
    `the table '${source}' is not in the target what it is in the source: ${differences.join('; ')}`,
    {
      hint: 'nothing was changed in the target; this should not be: report it with these lines, and use --map to give the column another type meanwhile',
    },
  );

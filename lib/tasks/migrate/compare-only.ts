/** Whether the target still holds what the source does, cell by cell; nothing of both is changed. */
import {join} from 'node:path';
import {targetTables} from '../../commands/migrate-target.ts';
import {findHasher} from '../../io/hasher.ts';
import {withLock} from '../../io/lock.ts';
import {withStaging} from '../../io/staging.ts';
import {prepareShelf, shelfFolder} from '../../io/store.ts';
import {OpsError} from '../../model/errors.ts';
import {asPlanned} from '../../model/migrate/as-planned.ts';
import type {IncomingTable} from '../../model/migrate/incoming.ts';
import type {SampleRow} from '../../model/migrate/sample.ts';
import type {TargetTable} from '../../model/migrate/target-table.ts';
import {withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';
import type {PlannedSource} from './carry-out.ts';
import {compareTable} from './compare.ts';
import type {Site} from './load.ts';
import {takeSample} from './take-sample.ts';

export type ComparedTable = {
  readonly source: string;
  readonly name: string;
  /** In the source. */
  readonly rows: number;
  readonly isSame: boolean;
  readonly differences: readonly string[];
  /** Columns that the map converted: they are passed over. */
  readonly notCompared: readonly string[];
  /** Some rows from both sides. */
  readonly sample: readonly SampleRow[];
  readonly columns: readonly string[];
};

/** Every table of the source beside the one of its name in the target. Errors: locked; toolFailed. */
export const compareOnly = async (
  context: Context,
  {plan, server, source}: PlannedSource,
  {sampleRows}: {readonly sampleRows: number},
): Promise<readonly ComparedTable[]> => {
  const {backups} = context.settings;
  const shelf = shelfFolder(backups, plan.database);
  await prepareShelf(backups, shelf);
  const lock = {file: join(shelf, '.lock'), verb: 'migrate', since: context.now.toISOString()};
  const isThere = (name: string) =>
    plan.tables.some((table) => table.name === name && table.present !== undefined);
  const there = await withServerSession(context, server, (session) =>
    session.query<TargetTable>(targetTables(plan.schema)),
  );
  const columnsOf = (name: string) => there.find((table) => table.name === name)?.columns ?? [];
  const compare = async (site: Site, update: (done: number) => void) => {
    const compared: ComparedTable[] = [];
    for (const table of source.tables) {
      const differences = isThere(table.name)
        ? await differencesOf(context, site, asPlanned(table, columnsOf(table.name)))
        : ['there is no such table in the target'];
      const {name, rows, notCompared = []} = table;
      const isSame = differences.length === 0;
      const [shown] = isSame
        ? await takeSample(context, {server, source, schema: site.schema, count: sampleRows}, [
            table,
          ])
        : [];
      compared.push({
        source: table.source,
        name,
        rows,
        isSame,
        differences,
        notCompared,
        ...{sample: shown?.sample ?? [], columns: shown?.columns ?? []},
      });
      update(compared.length);
    }
    return compared;
  };
  const hasher = await findHasher(context.shell);
  return withLock(context.shell, lock, () =>
    withStaging(shelf, plan.run, ({folder}) =>
      inPhase(context, 'comparing', (update) =>
        compare({server, source, folder, hasher, schema: plan.schema}, (done) =>
          update({done, total: source.tables.length, unit: 'tables'}),
        ),
      ),
    ),
  );
};

const differencesOf = (
  context: Context,
  site: Site,
  table: IncomingTable,
): Promise<readonly string[]> =>
  withServerSession(context, site.server, async (session) => {
    try {
      const compared = await compareTable(context, {...site, session}, {table, loaded: undefined});
      return compared.differences;
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof OpsError) || error.kind !== 'toolFailed') throw error;
      // Other columns or types than a migrate would make now.
      return [
        `can't be compared: ${String((error.cause as Error | undefined)?.message ?? error.message)}`,
      ];
    }
  });

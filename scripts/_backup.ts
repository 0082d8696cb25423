/** What `backup` does with one database, and how that is told. */
import {inBytes, inPlural} from '../lib/model/amounts.ts';
import type {Connection} from '../lib/model/connection.ts';
import {printable} from '../lib/model/redact.ts';
import type {BackupRequest, BackupResult} from '../lib/tasks/backup.ts';
import type {Context} from '../lib/tasks/context.ts';
import type {inWords} from '../lib/tasks/describe.ts';
import type {BackupPlan} from '../lib/tasks/plan-backup.ts';
import type {Pruned} from '../lib/tasks/prune.ts';
import type {AfterBackup} from '../lib/tasks/prune-after.ts';

/** A backup that was taken. */
export type Done = BackupResult & {
  readonly words: ReturnType<typeof inWords>;
  readonly pruned: Pruned | undefined;
};

type BackupFlags = {
  readonly schema: readonly string[];
  readonly table: readonly string[];
  readonly excludeTable: readonly string[];
  readonly excludeTableData: readonly string[];
  readonly rolePasswords: boolean;
  readonly scheduled: boolean;
};

export const requestFor = (context: Context, flags: BackupFlags): BackupRequest => {
  const {settings} = context;
  return {
    reason: flags.scheduled ? 'scheduled' : 'manual',
    format: formatFor(context),
    compression: settings.compress,
    jobs: settings.jobs,
    fingerprint: settings.fingerprint,
    verify: settings.verify,
    rolePasswords: flags.rolePasswords,
    filters: {
      schemas: flags.schema,
      tables: flags.table,
      excludeTables: flags.excludeTable,
      excludeTableData: flags.excludeTableData,
    },
  };
};

/** Only directory format has workers: --jobs asks for it, unless a format was asked for too. */
const formatFor = ({settings, reporter}: Context) => {
  if (settings.jobs === 1 || settings.format === 'directory') return settings.format;
  const chosen = settings.provenance.find(({name}) => name === 'format');
  if (chosen?.source === 'default') return 'directory';
  reporter.warn(
    `--jobs does nothing in ${settings.format} format: only directory format has workers`,
  );
  return settings.format;
};

/** The backup of one database, retention after it. */
export const backingUp = async (context: Context, request: BackupRequest, after: AfterBackup) => {
  const [{backup}, {pruneAfter}, {describeSet, inWords}] = await Promise.all([
    import('../lib/tasks/backup.ts'),
    import('../lib/tasks/prune-after.ts'),
    import('../lib/tasks/describe.ts'),
  ]);
  return async (connection: Connection): Promise<Done> => {
    const result = await backup(context, connection, request);
    const pruned = await pruneAfter(context, result.set, after);
    return {...result, pruned, words: inWords(describeSet(result.set, context.now))};
  };
};

export const planning = async (context: Context, request: BackupRequest) => {
  const {planBackup} = await import('../lib/tasks/plan-backup.ts');
  return (connection: Connection): Promise<BackupPlan> => planBackup(context, connection, request);
};

export const inFull = (done: Done | BackupPlan): string =>
  'set' in done
    ? [lineOf(done), done.set.folder, ...removedLines(done)].join('\n')
    : planLines(done).join('\n');

export const inShort = (done: Done | BackupPlan): string => {
  if (!('set' in done)) return planLines(done).join('\n');
  const removed = done.pruned?.removed.length ?? 0;
  return `${lineOf(done)}${removed > 0 ? `  (retention removed ${removed})` : ''}`;
};

const lineOf = ({set: {manifest}, words, seconds}: Done): string =>
  `${manifest.id}  ${printable(manifest.database)}  ${words.size}  ${inPlural(manifest.tables.length, 'table')}, ${words.rows} ${words.rows === '1' ? 'row' : 'rows'}  ${words.proof}  in ${seconds.toFixed(1)} s`;

const removedLines = ({pruned}: Done): readonly string[] =>
  pruned && pruned.removed.length > 0 ? [`removed by retention: ${pruned.removed.join(', ')}`] : [];

const planLines = (plan: BackupPlan): readonly string[] => {
  const {server, client, space, retention} = plan;
  const size = space.knownBytes === undefined ? 'guessed from the database' : 'as the last set';
  const goes = retention.decisions.filter(({isKept}) => !isKept).map(({id}) => id);
  const {objections} = retention;
  const refused = objections.length === 0 ? '' : ` (refused: ${objections.join('; ')})`;
  const [kept, gone] = [retention.decisions.length - goes.length, goes.join(', ') || 'none'];
  return [
    `would back up ${printable(plan.database)} on ${server.address}:${server.port} (PostgreSQL ${server.version})`,
    `  with      pg_dump ${client.version}, ${plan.format} format, compressed by ${plan.compressor}, then checked: ${plan.verify}`,
    `  into      ${plan.shelf}`,
    `  space     about ${inBytes(space.neededBytes)} needed (${size}), ${inBytes(space.freeBytes)} free${space.freeBytes < space.neededBytes ? ': NOT ENOUGH' : ''}`,
    `  retention of the sets that are there: ${kept} kept, to be removed: ${gone}${refused}`,
  ];
};

export const documentOf = (done: Done | BackupPlan): object => {
  if (!('set' in done)) return {wouldBackUp: done};
  const {set, seconds, pruned} = done;
  const {folder, manifest, proofs} = set;
  const {removed = [], objections = []} = pruned ?? {};
  return {folder, manifest, proofs, seconds, removed, objections};
};

import {printable} from '../lib/model/redact.ts';
import type {Context} from '../lib/tasks/context.ts';
import type {Pruned} from '../lib/tasks/prune.ts';
import {defineDoor, main, settingFlag} from './_main.ts';

const patterns = {value: 'PATTERN', repeatable: true} as const;

export const door = defineDoor({
  name: 'backup',
  summary: 'one proven backup set of the database, then retention',
  description:
    'The set appears only when it was written and checked whole; a failure leaves nothing behind and removes nothing. With --verify restore the drill follows, and its finding is recorded beside the set.',
  needs: 'connection',
  options: {
    format: settingFlag('format'),
    compress: settingFlag('compress'),
    jobs: settingFlag('jobs'),
    fingerprint: settingFlag('fingerprint'),
    verify: settingFlag('verify'),
    retentionDays: settingFlag('retentionDays'),
    backups: settingFlag('backups'),
    schema: {...patterns, summary: "only these schemas, by pg_dump's patterns"},
    table: {...patterns, summary: 'only these tables'},
    excludeTable: {...patterns, summary: 'not these tables'},
    excludeTableData: {...patterns, summary: 'these tables without their rows'},
    rolePasswords: {summary: 'record the hashes of role passwords too (needs a superuser)'},
    scheduled: {summary: "record 'scheduled' as the reason, for cron"},
    noPrune: {summary: 'leave older sets alone this time'},
  },
  async run(context, {flags, connection}) {
    const {backup} = await import('../lib/tasks/backup.ts');
    const {settings} = context;
    const result = await backup(context, connection, {
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
    });
    const {pruneAfter} = await import('../lib/tasks/prune-after.ts');
    const pruned = flags.noPrune ? undefined : await pruneAfter(context, result.set);
    const {describeSet} = await import('../lib/tasks/describe.ts');
    return {...result, pruned, summary: describeSet(result.set, context.now)};
  },
  show: ({summary, seconds, pruned}) =>
    [
      `${summary.id}  ${printable(summary.database)}  ${summary.size}  ${summary.tables} tables, ${summary.rows} rows  ${summary.proof}  in ${seconds.toFixed(1)} s`,
      summary.folder,
      ...(pruned && pruned.removed.length > 0
        ? [`removed by retention: ${pruned.removed.join(', ')}`]
        : []),
    ].join('\n'),
  json: ({set, seconds, pruned}) => ({
    folder: set.folder,
    manifest: set.manifest,
    proofs: set.proofs,
    seconds,
    removed: removedOf(pruned),
  }),
});

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

const removedOf = (pruned: Pruned | undefined) => pruned?.removed ?? [];

await main(door, import.meta);

import {OpsError} from '../lib/model/errors.ts';
import {printable} from '../lib/model/redact.ts';
import type {UndoPlan} from '../lib/tasks/plan-undo.ts';
import {confirmByName, refuseUnasked} from './_confirm.ts';
import {defineDoor, dryRunFlag, main, settingFlag, yesFlag} from './_main.ts';
import {planText} from './_plan-text.ts';
import {servicesLines, stopServicesFlag, stopsFor} from './_stop-services.ts';
import {migrateUndone, migrateUndoText} from './_undo-migrate.ts';

export const door = defineDoor({
  name: 'undo',
  summary: 'the last restore or migrate taken back; nothing is dropped',
  description:
    'The database that served before the last restore gets its name again, in one transaction; the one that served since is kept under another name. Where a migrate came later, its tables go into a schema beside, and those that it replaced come back.',
  needs: 'connection',
  options: {
    stopServices: stopServicesFlag,
    dryRun: dryRunFlag,
    yes: yesFlag,
    backups: settingFlag('backups'),
    tools: settingFlag('tools'),
  },
  async run(context, {flags, connection}) {
    refuseUnasked({isSure: flags.yes || flags.dryRun, what: 'an undo'});
    const [{planUndo}, {undo}, {refuseFaults}, {table}, migrates] = await Promise.all([
      import('../lib/tasks/plan-undo.ts'),
      import('../lib/tasks/undo.ts'),
      import('../lib/tasks/restore.ts'),
      import('../lib/io/table.ts'),
      import('../lib/tasks/migrate/undo-migrate.ts'),
    ]);
    const database = connection.libpq['PGDATABASE'] ?? connection.libpq['PGUSER'] ?? '';
    const migrated = await migrates.planUndoMigrate(context, connection);
    const planned = await planUndo(context, connection, {database}).catch((error: unknown) => {
      if (migrated) return undefined;
      throw error;
    });
    if (migrated && (!planned || migrated.plan.note.at > planned.plan.kept.note.at)) {
      if (flags.stopServices) throw noServices();
      const text = migrateUndoText(migrated.plan);
      if (flags.dryRun) return {migrate: migrated.plan, text, isDone: false};
      for (const line of text.split('\n')) context.reporter.step(line);
      await confirmByName(database, {isSure: flags.yes, what: 'an undo'});
      await migrates.undoMigrate(context, migrated);
      return {migrate: migrated.plan, text, isDone: true};
    }
    if (!planned) throw new OpsError('usage', 'there is nothing to take back');
    const {plan, look} = planned;
    const at = {flag: flags.stopServices, maintenance: look.maintenance};
    const {services, findStops} = await stopsFor(context, connection, at);
    const tables = {rows: plan.tables, of: 'then', table};
    const text = planText({...plan, lines: [...linesOf(plan), ...servicesLines(services)], tables});
    if (flags.dryRun) return {plan, services, text, undone: undefined};
    for (const line of text.split('\n')) context.reporter.step(line);
    refuseFaults(plan);
    await confirmByName(plan.database, {isSure: flags.yes, what: 'an undo'});
    return {plan, services, text, undone: await undo(context, {...planned, findStops})};
  },
  show: (result) => {
    if ('migrate' in result) return result.isDone ? migrateUndone(result.migrate) : result.text;
    const {plan, text, undone} = result;
    return undone
      ? [
          `'${printable(plan.database)}' is again what it was until ${plan.kept.note.at}`,
          ...(plan.target ? [`what served since is kept as '${printable(plan.aside)}'`] : []),
        ].join('\n')
      : text;
  },
  json: (result) => {
    if ('migrate' in result) return {migrate: result.migrate, isDone: result.isDone};
    const {plan, services = null, undone} = result;
    return {plan: {...plan, services}, swapMilliseconds: undone?.swapMilliseconds ?? null};
  },
});

const noServices = () =>
  new OpsError('usage', '--stop-services is for an undo of a restore, and a migrate came later', {
    hint: 'leave it out: the tables change place within a moment, and clients stay connected',
  });

const linesOf = ({kept, database, target, aside}: UndoPlan) => [
  [
    'undo',
    `the ${kept.note.verb} ${kept.note.run}: '${database}' becomes again '${kept.name}'`,
  ] as const,
  ...(target ? [['kept', `what serves now, as '${aside}'`] as const] : []),
];

await main(door, import.meta);

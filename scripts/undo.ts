import {printable} from '../lib/model/redact.ts';
import type {UndoPlan} from '../lib/tasks/plan-undo.ts';
import {confirmByName} from './_confirm.ts';
import {defineDoor, dryRunFlag, main, settingFlag, yesFlag} from './_main.ts';
import {planText} from './_plan-text.ts';
import {servicesLines, stopServicesFlag, stopsFor} from './_stop-services.ts';

export const door = defineDoor({
  name: 'undo',
  summary: 'the last restore taken back; nothing is dropped',
  description:
    'The database that served before the last restore gets its name again, in one transaction; the one that served since is kept under another name.',
  needs: 'connection',
  options: {
    stopServices: stopServicesFlag,
    dryRun: dryRunFlag,
    yes: yesFlag,
    backups: settingFlag('backups'),
    tools: settingFlag('tools'),
  },
  async run(context, {flags, connection}) {
    const [{planUndo}, {undo}, {refuseFaults}, {table}] = await Promise.all([
      import('../lib/tasks/plan-undo.ts'),
      import('../lib/tasks/undo.ts'),
      import('../lib/tasks/restore.ts'),
      import('../lib/io/table.ts'),
    ]);
    const database = connection.libpq['PGDATABASE'] ?? connection.libpq['PGUSER'] ?? '';
    const planned = await planUndo(context, connection, {database});
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
  show: ({plan, text, undone}) =>
    undone
      ? [
          `'${printable(plan.database)}' is again what it was until ${plan.kept.note.at}`,
          ...(plan.target ? [`what served since is kept as '${printable(plan.aside)}'`] : []),
        ].join('\n')
      : text,
  json: ({plan, services = null, undone}) => ({
    plan: {...plan, services},
    swapMilliseconds: undone?.swapMilliseconds ?? null,
  }),
});

const linesOf = ({kept, database, target, aside}: UndoPlan) => [
  [
    'undo',
    `the ${kept.note.verb} ${kept.note.run}: '${database}' becomes again '${kept.name}'`,
  ] as const,
  ...(target ? [['kept', `what serves now, as '${aside}'`] as const] : []),
];

await main(door, import.meta);

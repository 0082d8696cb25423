import {printable} from '../lib/model/redact.ts';
import {isForeign} from '../lib/model/restore-plan.ts';
import {planLines} from '../lib/model/restore-plan-text.ts';
import type {Restored} from '../lib/tasks/restore.ts';
import {confirmByName, confirmOn, refuseUnasked} from './_confirm.ts';
import {defineDoor, dryRunFlag, main, settingFlag, yesFlag} from './_main.ts';
import {planFor} from './_plan-restore.ts';
import {planText} from './_plan-text.ts';
import {servicesLines, stopServicesFlag, stopsFor} from './_stop-services.ts';

export const door = defineDoor({
  name: 'restore',
  summary: 'a set into a database, built beside and swapped in; what was there is kept',
  description:
    'Shows its plan first. The set is verified, what is there now becomes a set of its own, the new database is built beside and compared row for row, and only then both change names in one transaction. The old one stays, and `undo` swaps it back.',
  needs: 'connection',
  options: {
    backup: {value: 'SET', summary: 'an id, `latest` (the default), or a folder'},
    backupFile: {
      value: 'FILE',
      summary: 'a dump that pg_dump or pg_dumpall made, of any format; or the folder of a set',
      conflicts: ['backup'],
    },
    trust: {summary: 'load a dump as the connecting role, with its owners and grants'},
    owner: {value: 'ROLE', summary: 'whose a dump shall be, instead of the present owner'},
    into: {value: 'NAME', summary: "the database to restore into, instead of the set's own"},
    schema: {
      value: 'NAME',
      repeatable: true,
      summary: 'with --into: the rows of the tables in this schema alone, and every definition',
    },
    table: {value: 'NAME', repeatable: true, summary: 'with --into: the rows of this table alone'},
    rolesOnly: {
      summary:
        'the roles that the server lacks, and nothing else; one that is there stays as it is',
      conflicts: ['into', 'schema', 'table', 'trust', 'owner', 'jobs', 'stopServices'],
    },
    stopServices: stopServicesFlag,
    jobs: settingFlag('jobs'),
    dryRun: dryRunFlag,
    yes: yesFlag,
    backups: settingFlag('backups'),
    tools: settingFlag('tools'),
  },
  async run(context, {flags, connection}) {
    if (flags.rolesOnly) {
      const {rolesAlone} = await import('./_restore-roles.ts');
      return {roles: await rolesAlone(context, connection, flags)};
    }
    refuseUnasked({isSure: flags.yes || flags.dryRun, what: 'a restore'});
    const {restore, refuseFaults} = await import('../lib/tasks/restore.ts');
    const {table} = await import('../lib/io/table.ts');
    const planned = await planFor(context, connection, flags);
    const {plan, look} = planned;
    const at = {flag: flags.stopServices, maintenance: look.maintenance};
    const {services, findStops} = await stopsFor(context, connection, at);
    const text = planText({
      ...plan,
      lines: [...planLines(plan), ...servicesLines(services)],
      tables: {rows: plan.tables, of: 'in the set', table},
    });
    if (flags.dryRun) return {plan, services, text, restored: undefined};
    for (const line of text.split('\n')) context.reporter.step(line);
    refuseFaults(plan);
    await confirmByName(plan.database, {isSure: flags.yes, what: 'a restore'});
    const goOn = (written: readonly string[]) => {
      for (const line of written) context.reporter.warn(`written since the snapshot: ${line}`);
      return confirmOn(`go on? these rows stay in '${plan.before}' alone`, {isSure: flags.yes});
    };
    const work = {...planned, connection, hands: {goOn}, findStops};
    return {plan, services, text, restored: await restore(context, work)};
  },
  show(result) {
    if ('roles' in result) return result.roles.text;
    return result.restored ? told(result.restored) : result.text;
  },
  json(result) {
    if ('roles' in result) return result.roles.json;
    const {restored, services = null} = result;
    const plan = {...result.plan, services};
    return restored
      ? {
          plan,
          snapshot: restored.snapshot?.manifest.id ?? null,
          written: restored.written,
          swapMilliseconds: restored.swapMilliseconds ?? null,
          buildSeconds: restored.build ?? null,
          compareSeconds: restored.compare ?? null,
          seconds: restored.seconds,
        }
      : {plan};
  },
});

const told = ({plan, snapshot, swapMilliseconds, seconds}: Restored): string =>
  [
    `'${printable(plan.database)}' is ${isForeign(plan) ? '' : 'the set '}${printable(plan.set.id)} now, ${isForeign(plan) ? 'its rows counted' : 'compared row for row'}, in ${seconds.toFixed(1)} s${swapMilliseconds === undefined ? '' : ` (swapped in ${Math.round(swapMilliseconds)} ms)`}`,
    ...(snapshot
      ? [
          `what was there: database '${printable(plan.before)}' and set ${snapshot.manifest.id}`,
          `undo: ${printable(plan.undo)}`,
        ]
      : []),
  ].join('\n');

await main(door, import.meta);

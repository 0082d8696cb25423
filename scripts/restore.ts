import {existsSync} from 'node:fs';
import {join, resolve} from 'node:path';
import type {Connection} from '../lib/model/connection.ts';
import {OpsError} from '../lib/model/errors.ts';
import {printable} from '../lib/model/redact.ts';
import {isForeign, type RestorePlan} from '../lib/model/restore-plan.ts';
import {planLines} from '../lib/model/restore-plan-text.ts';
import type {Context} from '../lib/tasks/context.ts';
import type {Restored} from '../lib/tasks/restore.ts';
import {confirmByName, confirmOn} from './_confirm.ts';
import {defineDoor, dryRunFlag, main, settingFlag, yesFlag} from './_main.ts';
import {type DrawTable, tableText} from './_table-text.ts';

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
    jobs: settingFlag('jobs'),
    dryRun: dryRunFlag,
    yes: yesFlag,
    backups: settingFlag('backups'),
    tools: settingFlag('tools'),
  },
  async run(context, {flags, connection}) {
    const {restore, refuseFaults} = await import('../lib/tasks/restore.ts');
    const {table} = await import('../lib/io/table.ts');
    const planned = await planFor(context, connection, flags);
    const {plan} = planned;
    const text = planText(plan, table);
    if (flags.dryRun) return {plan, text, restored: undefined};
    for (const line of text.split('\n')) context.reporter.step(line);
    refuseFaults(plan);
    await confirmByName(plan.database, {isSure: flags.yes, what: 'a restore'});
    const goOn = (written: readonly string[]) => {
      for (const line of written) context.reporter.warn(`written since the snapshot: ${line}`);
      return confirmOn(`go on? these rows stay in '${plan.before}' alone`, {isSure: flags.yes});
    };
    const restored = await restore(context, {...planned, connection, hands: {goOn}});
    return {plan, text, restored};
  },
  show: ({text, restored}) => (restored ? told(restored) : text),
  json: ({plan, restored}) =>
    restored
      ? {
          plan,
          snapshot: restored.snapshot?.manifest.id ?? null,
          written: restored.written,
          swapMilliseconds: restored.swapMilliseconds ?? null,
          buildSeconds: restored.build ?? null,
          compareSeconds: restored.compare ?? null,
          seconds: restored.seconds,
        }
      : {plan},
});

const pickOf = ({schema, table}: {schema: readonly string[]; table: readonly string[]}) =>
  schema.length + table.length > 0 ? {schemas: schema, tables: table} : undefined;

type Chosen = {
  readonly backup: string | undefined;
  readonly backupFile: string | undefined;
  readonly into: string | undefined;
  readonly owner: string | undefined;
  readonly trust: boolean;
  readonly schema: readonly string[];
  readonly table: readonly string[];
};

/** A set by its name, or a dump by its file. */
const planFor = async (context: Context, connection: Connection, flags: Chosen) => {
  const {backupFile, into, trust, owner} = flags;
  const chosen = context.settings.provenance.find(({name}) => name === 'jobs');
  const jobs = chosen?.source === 'default' ? undefined : context.settings.jobs;
  const pick = pickOf(flags);
  if (backupFile !== undefined && !existsSync(join(backupFile, 'manifest.json'))) {
    if (pick)
      throw new OpsError('usage', 'of a dump no table is picked: it is restored whole', {
        hint: 'restore it with --into NAME, and take from there what you need',
      });
    const {planForeign} = await import('../lib/tasks/plan-foreign.ts');
    return planForeign(context, connection, {
      path: backupFile,
      into,
      jobs,
      isTrusted: trust,
      owner,
    });
  }
  if (trust || owner !== undefined)
    throw new OpsError('usage', '--trust and --owner are for dumps, with --backup-file', {
      hint: 'a set is loaded as the connecting role, its owners kept',
    });
  const [{findSet}, {planRestore}, {identify}, {sourceOfSet}] = await Promise.all([
    import('../lib/tasks/find-set.ts'),
    import('../lib/tasks/plan-restore.ts'),
    import('../lib/tasks/identify.ts'),
    import('../lib/tasks/build-beside.ts'),
  ]);
  const {system} = await identify(context, connection);
  const name = backupFile === undefined ? flags.backup : resolve(backupFile);
  const set = await findSet(context, name ?? 'latest', connection.libpq['PGDATABASE'], system);
  const planned = await planRestore(context, connection, {set, into, jobs, pick});
  return {...planned, source: sourceOfSet(set)};
};

const planText = (plan: RestorePlan, table: DrawTable): string =>
  [
    ...planLines(plan).map(([word, said]) => `${word.padEnd(10)} ${printable(said)}`),
    ...tableText(plan.tables, {of: 'in the set', table}),
    ...plan.cautions.map((text) => `note: ${printable(text)}`),
    ...plan.faults.map(({what, hint}) => `fault: ${printable(what)}; ${printable(hint)}`),
  ].join('\n');

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

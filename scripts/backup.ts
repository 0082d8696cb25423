import type {Connection} from '../lib/model/connection.ts';
import {isNoChoice, onlyName} from '../lib/model/database-choice.ts';
import type {BackupPlan} from '../lib/tasks/plan-backup.ts';
import {
  backingUp,
  type Done,
  documentOf,
  inFull,
  inShort,
  planning,
  requestFor,
} from './_backup.ts';
import {defineDoor, dryRunFlag, main, settingFlag} from './_main.ts';
import {allowLargePruneFlag, retentionFlags} from './_retention.ts';

const patterns = {value: 'PATTERN', repeatable: true} as const;

export const door = defineDoor({
  name: 'backup',
  summary: 'one proven backup set of the database, then retention',
  description:
    "The set appears only when it was written and checked whole; a failure leaves nothing behind and removes nothing. With --verify restore the drill follows, and its finding is recorded beside the set. Several databases are backed up one after the other, one set each; a failing one does not stop the others, and the exit code is the gravest. --all-databases takes all but templates and what a restore put aside; a database that can't be backed up is an error, never left out without a word.",
  needs: 'connection',
  options: {
    dryRun: dryRunFlag,
    database: {
      value: 'NAME',
      repeatable: true,
      summary:
        'the database, instead of the one that the connection names; * stands for any characters, ? for one',
    },
    allDatabases: {
      summary: "every database of the server, 'postgres' too",
      conflicts: ['database'],
    },
    excludeDatabase: {...patterns, summary: 'not these databases, by name or with * and ?'},
    format: settingFlag('format'),
    compress: settingFlag('compress'),
    jobs: settingFlag('jobs'),
    fingerprint: settingFlag('fingerprint'),
    verify: settingFlag('verify'),
    ...retentionFlags,
    tools: settingFlag('tools'),
    backups: settingFlag('backups'),
    schema: {...patterns, summary: "only these schemas, by pg_dump's patterns"},
    table: {...patterns, summary: 'only these tables'},
    excludeTable: {...patterns, summary: 'not these tables'},
    excludeTableData: {...patterns, summary: 'these tables without their rows'},
    rolePasswords: {summary: 'record the hashes of role passwords too (needs a superuser)'},
    scheduled: {summary: "record 'scheduled' as the reason, for cron"},
    noPrune: {summary: 'leave older sets alone this time', conflicts: ['allowLargePrune']},
    allowLargePrune: allowLargePruneFlag,
  },
  async run(context, {flags, connection}) {
    const request = requestFor(context, flags);
    const work: (at: Connection) => Promise<Done | BackupPlan> = flags.dryRun
      ? await planning(context, request)
      : await backingUp(context, request, {
          noPrune: flags.noPrune,
          allowLarge: flags.allowLargePrune,
        });
    const choice = {
      wanted: flags.database,
      isAll: flags.allDatabases,
      excluded: flags.excludeDatabase,
    };
    const told = await import('./_told-databases.ts');
    const isOne = onlyName(choice) !== undefined || isNoChoice(choice);
    if (isOne) return {only: await work(connection), told};
    const {eachDatabase} = await import('../lib/tasks/backup-several.ts');
    const outcomes = await eachDatabase(context, connection, {choice, work});
    return {outcomes, told, redact: context.redact, isDryRun: flags.dryRun};
  },
  show: ({only, outcomes, told, isDryRun}) =>
    only
      ? inFull(only)
      : told.outcomeLines(outcomes, {line: inShort, done: isDryRun ? 'could be' : 'backed up'}),
  json: ({only, outcomes, told, redact}) =>
    only ? documentOf(only) : told.outcomeDocument(outcomes, {json: documentOf, redact}),
  exit: ({outcomes, told}) => (outcomes ? told.exitOf(outcomes) : 0),
});

await main(door, import.meta);

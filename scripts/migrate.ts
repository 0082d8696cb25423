import {passwordsIn} from '../lib/model/connection-url.ts';
import {exitCodes, OpsError} from '../lib/model/errors.ts';
import {markdownOf} from '../lib/model/migrate/plan-text.ts';
import {isLossless} from '../lib/model/migrate/policy.ts';
import {choice, path, wholeNumber} from '../lib/model/setting-kinds.ts';
import {confirmByName} from './_confirm.ts';
import {jobsGiven} from './_jobs-given.ts';
import {defineDoor, dryRunFlag, main, settingFlag, yesFlag} from './_main.ts';
import {readMap, writeMap} from './_map.ts';
import {originOf, storeIntoFiles, storeOptions} from './_migrate-store.ts';
import {comparedText, planText, told} from './_migrate-text.ts';
import {assertReportable, writeReport} from './_report-file.ts';

export const door = defineDoor({
  name: 'migrate',
  summary:
    'SQLite, Redis or JSON into PostgreSQL, compared cell by cell and moved into place at once',
  description:
    'The source is copied first, and only the copy is read. Every value is looked at before a type is chosen. Tables are built in a schema of their own, compared with the source, and moved into place in one transaction; what they replace stays in a schema beside. Keys of Redis and documents of JSON become rows of the table `json_store (kind, data, updated_at)`.',
  options: {
    sqlitePath: {
      value: 'FILE',
      kind: path(),
      repeatable: true,
      summary:
        'the SQLite database; the one of DATABASE_URL or DB_PATH by default. Several come together, in one move',
    },
    postgresUrl: {
      value: 'URL',
      summary: 'the database to migrate into; the configured one by default',
    },
    ...storeOptions,
    schema: {value: 'NAME', summary: 'the schema that the tables are for; `public` by default'},
    include: {
      value: 'TABLE',
      repeatable: true,
      summary: 'this table alone (`*` and `?` are known), and others that are named so',
    },
    exclude: {value: 'TABLE', repeatable: true, summary: 'all tables but this one'},
    map: {
      value: 'FILE',
      kind: path(),
      summary: 'YAML: other names, types, indexes than the plan has, and what is left out',
    },
    writeMap: {value: 'FILE', kind: path(), summary: 'write the plan as such a file'},
    infer: {
      summary: 'types by the values, where all fit and come back the same (the default)',
      conflicts: ['noInfer'],
    },
    noInfer: {summary: 'types by their declarations alone, not by the values'},
    names: {
      value: 'HOW',
      kind: choice('keep', 'fold'),
      summary: 'names as they are (`keep`, the default), or in small letters (`fold`)',
    },
    compare: {
      value: 'WHAT',
      kind: choice('content', 'rows'),
      summary: 'every cell (`content`, the default), or the number of rows alone (`rows`)',
    },
    schemaOnly: {summary: 'definitions alone, no rows', conflicts: ['compare']},
    dataOnly: {
      summary: 'rows alone, into tables that the application has made already',
      conflicts: ['schemaOnly', 'forceRecreate', 'verifyOnly', 'compare'],
    },
    onExisting: {
      value: 'WHAT',
      kind: choice('refuse', 'truncate', 'append'),
      summary:
        'where such a table has rows: `refuse` (the default), `truncate` (they are kept beside), or `append` what is missing by its key',
      goesWith: 'dataOnly',
    },
    forceRecreate: {summary: 'put tables aside that have the names of those that come'},
    rejects: {
      value: 'FOLDER',
      kind: path(),
      summary:
        'where each row and cell is written that a map rejects or changes, `<table>.jsonl`; beside the copy of the source by default',
      conflicts: ['dryRun', 'verifyOnly'],
    },
    resume: {summary: 'go on with a migrate that was killed', conflicts: ['dryRun']},
    verifyOnly: {
      summary: 'compare the target with the source once more, and change nothing',
      conflicts: [
        ...(['dryRun', 'resume', 'forceRecreate', 'report'] as const),
        ...(['writeMap', 'compare', 'schemaOnly'] as const),
      ],
    },
    sample: {
      value: 'ROWS',
      kind: wholeNumber({from: 0, to: 100}),
      summary:
        'rows of each table that are shown at the end as both sides have them, evenly by key (3 by default; 0 for none)',
      conflicts: ['dryRun'],
    },
    report: {
      value: 'FILE',
      kind: path(),
      summary: 'write the report as Markdown too, for the change record',
      conflicts: ['dryRun'],
    },
    jobs: settingFlag('jobs'),
    dryRun: dryRunFlag,
    yes: yesFlag,
    backups: settingFlag('backups'),
    tools: settingFlag('tools'),
  },
  async run(context, {flags, connection}) {
    await assertReportable(flags.report);
    const origin = originOf(context, flags);
    if (origin && flags.backend === 'filesystem') {
      const {files: written, text} = await storeIntoFiles(context, origin, flags);
      return {reported: written, text, outcome: undefined, isWhole: true};
    }
    const {sqlitePath} = context.settings;
    const files = flags.sqlitePath.length > 0 ? flags.sqlitePath : [sqlitePath ?? []].flat();
    if (origin === undefined && files.length === 0)
      throw new OpsError('usage', 'there is nothing to migrate from', {
        hint: 'name the database file of the application with --sqlite-path',
      });
    if (connection === undefined)
      throw new OpsError('settings', 'no PostgreSQL is configured to migrate into', {
        hint: 'set POSTGRES_URL=postgres://user:password@host:5432/database, or use --postgres-url',
      });
    if (passwordsIn(flags.postgresUrl ?? '').length > 0)
      context.reporter.warn(
        'others on this host can read a password on the command line: set POSTGRES_URL instead',
      );
    const {planSource} = await import('../lib/tasks/migrate/plan-source.ts');
    const request = {
      ...{files, schema: flags.schema, jobs: jobsGiven(context.settings)},
      ...{origin, isStrict: !flags.noStrict, isComparing: flags.verifyOnly},
      onExisting: flags.dataOnly ? (flags.onExisting ?? ('refuse' as const)) : undefined,
      wishes: {
        ...{names: flags.names ?? 'keep', infers: !flags.noInfer},
        ...{include: flags.include, exclude: flags.exclude},
        map: flags.map === undefined ? {} : await readMap(flags.map),
      },
    };
    const {sample: sampleRows = 3} = flags;
    const isDryRun = flags.dryRun || flags.verifyOnly;
    const planning = planSource(context, {connection, request}, {isDryRun}, async (planned) => {
      const {settleRejects, carryOut, compareOnly, assertMayBegin, replaced, table} = await acting;
      if (flags.verifyOnly) {
        const compared = await compareOnly(context, planned, {sampleRows});
        const {accounts} = planned.reported;
        const isWhole =
          compared.every(({isSame}) => isSame) && (flags.noStrict || isLossless(accounts));
        const text = comparedText(compared, {accounts, table});
        return {reported: compared, text, outcome: undefined, isWhole};
      }
      const {plan} = planned;
      const text = planText(planned.reported, table);
      if (flags.writeMap !== undefined)
        await writeMap(flags.writeMap, planned.reported, request.wishes.map);
      if (flags.dryRun)
        return {reported: planned.reported, text, outcome: undefined, isWhole: true};
      for (const line of text.split('\n')) context.reporter.step(line);
      assertMayBegin(plan, {mayReplace: flags.forceRecreate});
      const isEmptying = plan.rows?.some(({how}) => how === 'truncate');
      if (replaced(plan).length > 0 || isEmptying)
        await confirmByName(plan.database, {
          isSure: flags.yes,
          what: `a migrate that ${isEmptying ? 'empties' : 'replaces'} tables`,
        });
      const settled = await settleRejects(context, planned, {
        ...{folder: flags.rejects, isStrict: !flags.noStrict},
      });
      const outcome = await carryOut(context, settled, {
        comparison: flags.schemaOnly ? 'none' : (flags.compare ?? 'content'),
        ...{resumes: flags.resume, isStrict: !flags.noStrict, sampleRows},
      });
      await writeReport(flags.report, () => markdownOf(outcome));
      const isKept = outcome.filled?.some(({others}) => others > 0) ?? false;
      const isWhole = !isKept && isLossless(outcome.accounts);
      return {reported: settled.reported, text: told(outcome, table), outcome, isWhole};
    });
    const acting = toAct();
    return planning;
  },
  show: ({text}) => text,
  json: ({reported, outcome}) => outcome ?? reported,
  exit: ({isWhole}) => (isWhole ? 0 : exitCodes.notIntact.exit),
});

/** Loaded while the plan is made, behind what the plan itself needs. */
const toAct = async () => {
  await import('../lib/tasks/migrate/plan-copy.ts');
  return {
    ...(await import('../lib/tasks/migrate/settle-rejects.ts')),
    ...(await import('../lib/tasks/migrate/carry-out.ts')),
    ...(await import('../lib/tasks/migrate/compare-only.ts')),
    ...(await import('../lib/tasks/migrate/plan.ts')),
    ...(await import('../lib/model/migrate/migrate-plan.ts')),
    ...(await import('../lib/io/table.ts')),
  };
};

await main(door, import.meta);

/** The migration on the copy, and everything that can be seen of it there. */
import {runDetached} from '../../commands/compose.ts';
import {waitForContainer} from '../../commands/docker.ts';
import * as asked from '../../commands/rehearsal.ts';
import * as logged from '../../commands/rehearsal-log.ts';
import {dockerProgram} from '../../io/containers.ts';
import {removeProject} from '../../io/scratch-network.ts';
import {inTime} from '../../model/amounts.ts';
import type {MigrationPlan} from '../../model/deploy/deploy-plan.ts';
import {maskedStatement} from '../../model/deploy/masked-statement.ts';
import {judgeMigration, type SchemaState} from '../../model/deploy/migration-end.ts';
import type {HeldLock} from '../../model/deploy/rehearsal-locks.ts';
import type {LoggedStatement, Note} from '../../model/deploy/rehearsal-log.ts';
import {OpsError} from '../../model/errors.ts';
import {withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import {lineNow} from './rehearsal-copy.ts';
import {type CopyFacts, lookAtCopy} from './rehearsal-facts.ts';
import {outputOf} from './rehearsal-output.ts';
import {withSamples} from './rehearsal-samples.ts';
import {composeOn, type Site} from './rehearsal-site.ts';
import type {Image} from './rehearsal-stage.ts';

export type Migrated = {
  readonly before: CopyFacts;
  readonly after: CopyFacts;
  readonly seconds: number;
  readonly held: readonly HeldLock[];
  readonly notes: readonly Note[];
  readonly statements: readonly LoggedStatement[];
};

const untouched = 'production was not touched';

/** Errors: toolFailed for one that fails, or does not end in time, with the end of what it printed. */
export const rehearseMigration = async (
  context: Context,
  site: Site,
  migration: MigrationPlan,
  image: Image,
): Promise<Migrated> => {
  const {copy} = site;
  const onCopy = (statements: readonly string[]) =>
    withServerSession(context, copy, async (session) => {
      for (const statement of statements) await session.query(statement);
    });
  await onCopy(asked.createNotes);
  const from = await lineNow(context, copy);
  const before = await lookAtCopy(context, copy);
  const {held, value: seconds} = await withSamples(context, copy, () =>
    run(context, site, migration, image),
  );
  const after = await lookAtCopy(context, copy);
  assertDone(migration, before, after);
  const to = await lineNow(context, copy);
  await onCopy(asked.dropNotes);
  return {
    ...{before, after, held, seconds},
    notes: await copy.log.query<Note>(logged.notes({from, to})),
    statements: await copy.log.query<LoggedStatement>(logged.loggedStatements({from, to})),
  };
};

/** By the same judgement as phase 7. */
const assertDone = ({head}: MigrationPlan, before: CopyFacts, after: CopyFacts): void => {
  const [was, is] = [before, after].map((facts) => ({...facts, word: ''}));
  const end = {before: was as SchemaState, after: is as SchemaState, exitCode: 0, head};
  const judged = judgeMigration({...end, gaveUpOnLock: false});
  if (!('why' in judged)) return;
  throw new OpsError(
    'toolFailed',
    `the migration does not do its work on the copy: ${judged.why}`,
    {
      hint: `${untouched}; correct the migration, then run again`,
    },
  );
};

/** Gives the seconds that it took. */
const run = async (
  context: Context,
  site: Site,
  {command, service}: MigrationPlan,
  image: Image,
): Promise<number> => {
  const {shell, settings} = context;
  const {place, input} = composeOn(site, [image], {isChecked: false});
  const name = `${site.network}-migration`;
  const oneOff = {service, name, labels: {}, variables: [], words: command};
  const startedAt = performance.now();
  await shell.run(runDetached(place, oneOff), {input, cwd: place.folder});
  const signal = AbortSignal.timeout(settings.migrateTimeoutSeconds * 1_000);
  const waiting = waitForContainer(dockerProgram(shell), name);
  const {stdout} = await shell.run(waiting, {signal}).catch(async (error: unknown) => {
    shell.signal.throwIfAborted();
    throw signal.aborted ? await late(context, site, name) : error;
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  const exitCode = Number(stdout.trim());
  if (exitCode !== 0) throw await failed(context, site, name, exitCode);
  await removeProject(shell, site.network);
  return seconds;
};

const failed = async (
  context: Context,
  site: Site,
  name: string,
  exitCode: number,
): Promise<OpsError> =>
  new OpsError('toolFailed', `the migration fails on the copy with exit code ${exitCode}`, {
    hint: `${untouched}; see the end of what it printed below, correct it, then run again`,
    cause: await printedBy(context, site, name),
  });

type AtWork = {readonly statement: string; readonly seconds: number};

const late = async (context: Context, site: Site, name: string): Promise<OpsError> => {
  const limit = inTime(context.settings.migrateTimeoutSeconds);
  const [first] = await site.copy.log.query<AtWork>(asked.atWork);
  const doing = first
    ? `, and was at: ${maskedStatement(first.statement)} (for ${inTime(first.seconds)})`
    : '';
  return new OpsError(
    'toolFailed',
    `the migration does not end on the copy within ${limit}${doing}`,
    {
      hint: `${untouched}; raise DEPLOY_MIGRATE_TIMEOUT if it needs longer`,
      cause: await printedBy(context, site, name),
    },
  );
};

const printedBy = async (context: Context, {stage}: Site, id: string): Promise<Error> => {
  const lines = await outputOf(context, stage.project.config, id);
  return new Error(lines.join('\n') || 'it printed nothing');
};

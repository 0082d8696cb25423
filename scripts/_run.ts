/** From a command line to a verb's answer: settings, hands, the run, the telling. */
import {abilitiesOf, createReporter} from '../lib/io/reporter.ts';
import {createShell} from '../lib/io/shell.ts';
import {createToolbox} from '../lib/io/toolbox.ts';
import {toolEnvironment} from '../lib/model/connection.ts';
import {OpsError} from '../lib/model/errors.ts';
import {secretsOf} from '../lib/model/givens.ts';
import {redactor} from '../lib/model/redact.ts';
import {parseSettings, type Settings} from '../lib/model/settings.ts';
import {aimedAt} from '../lib/model/sqlite-path.ts';
import type {Context} from '../lib/tasks/context.ts';
import type {AnyDoor} from './_door.ts';
import {listenForTheEnd} from './_end.ts';
import type {CommandLine} from './_options.ts';
import {lookAround, passwordFileWarnings} from './_surroundings.ts';
import type {Desk} from './_tell.ts';

export type World = {
  readonly desk: Desk;
  readonly environment: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly now: Date;
};

/** The exit code of the verb. Errors: settings, and whatever the verb throws. */
export const runDoor = async (door: AnyDoor, line: CommandLine, world: World): Promise<number> => {
  const {desk, environment, cwd} = world;
  const {envFiles = ['.env']} = door;
  const found = lookAround({flags: line.settings, environment, cwd, envFiles});
  const url = line.settings['postgres-url'];
  const surroundings = url === undefined ? found : aimedAt(found, url);
  desk.redact = redactor(secretsOf(surroundings));
  const settings = parseSettings({...surroundings, flags: line.settings, cwd});
  if (door.needs === 'connection' && settings.missingConnection) {
    const {message, hint} = settings.missingConnection;
    throw new OpsError('settings', message, {hint});
  }
  const reporter = reporterFor(line, {settings, world});
  const end = listenForTheEnd({seconds: settings.timeoutSeconds, tell: reporter.warn});
  desk.signal = end.signal;
  try {
    for (const text of [...settings.warnings, ...passwordFileWarnings(settings, environment)]) {
      reporter.warn(text);
    }
    const context = contextOf({settings, reporter, signal: end.signal}, world);
    const given = {flags: line.flags, args: line.args, connection: settings.connection};
    const result = await door.run(context, given).finally(context.tools.end);
    desk.answer(answerOf(door, {line, result}));
    return door.exit?.(result) ?? 0;
  } finally {
    end.stopListening();
  }
};

const reporterFor = (
  {flags}: CommandLine,
  {settings, world: {desk, environment}}: {settings: Settings; world: World},
) => {
  const level = flags['quiet'] ? 'warn' : flags['verbose'] ? 'debug' : settings.logLevel;
  const abilities = abilitiesOf(desk.stderr.isTTY === true, environment);
  return createReporter({sink: desk.stderr, level, ...abilities, redact: desk.redact});
};

const contextOf = (
  parts: Pick<Context, 'settings' | 'reporter' | 'signal'>,
  {desk, environment, now}: World,
): Context => {
  const shell = createShell({
    environment: toolEnvironment(environment),
    signal: parts.signal,
    redact: desk.redact,
    trace: parts.reporter.debug,
  });
  return {
    ...parts,
    environment,
    now: nowFor(environment, now),
    redact: desk.redact,
    shell,
    tools: createToolbox(shell, parts.settings),
  };
};

/**
 * Tests of retention and of jumping clocks bring their own time. One that is set where no test runs
 * is refused: to go by it, or by another than it says, could cost sets.
 */
const nowFor = (environment: NodeJS.ProcessEnv, now: Date): Date => {
  const instant = environment['PGKEEP_TEST_NOW'];
  if (instant === undefined) return now;
  if (environment['PGKEEP_TEST_RUN'] !== '1')
    throw new OpsError('settings', 'PGKEEP_TEST_NOW is for the tests of pgkeep alone', {
      hint: 'take it out of the environment',
    });
  const given = new Date(instant);
  if (!Number.isNaN(given.getTime())) return given;
  throw new OpsError('settings', `PGKEEP_TEST_NOW: expected an ISO instant, got '${instant}'`);
};

const answerOf = (door: AnyDoor, {line, result}: {line: CommandLine; result: unknown}): string => {
  if (line.flags['json']) return JSON.stringify(door.json ? door.json(result) : result, null, 2);
  // Under --quiet an answer that is no success still has to reach cron's mail.
  const isSuccess = (door.exit?.(result) ?? 0) === 0;
  return line.flags['quiet'] && isSuccess ? '' : door.show(result);
};

/**
 * What every door does: strict flags, settings, the hands, the ways to be ended, the answer, the
 * exit code. `process.env` and the clock are read here and nowhere else.
 */
import {realpathSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {OpsError} from '../lib/model/errors.ts';
import type {AnyDoor, Door, OptionTable} from './_door.ts';
import {readCommandLine} from './_options.ts';
import {type Desk, openDesk, tellError} from './_tell.ts';

export {
  commonOptions,
  databaseFlag,
  defineDoor,
  dryRunFlag,
  settingFlag,
  yesFlag,
} from './_door.ts';

export type Entry = {
  /** `import.meta.url` of the door: nothing happens unless that module is the program. */
  readonly url?: string;
  /** The command line without program and verb. */
  readonly words?: readonly string[];
};

/**
 * Run a door: `await main(door, import.meta)` at the end of `scripts/<verb>.ts`, which does nothing
 * when that file is only imported. Sets `process.exitCode`; never throws, never calls `process.exit`.
 */
export const main = async <
  Table extends OptionTable,
  Result,
  Need extends 'connection' | undefined,
>(
  door: Door<Table, Result, Need>,
  {url, words}: Entry = {},
): Promise<void> => {
  if (url !== undefined && !isProgram(url)) return;
  process.umask(0o077);
  const given = words ?? process.argv.slice(2);
  const desk = openDesk({stdout: process.stdout, stderr: process.stderr, words: given});
  const forget = noticeSilentEnd(desk);
  process.exitCode = await open(door, given, desk).catch((error) => tellError(desk, error));
  forget();
};

/** Node leaves when nothing is left to wait for, also with a promise that never settles: that is no success. */
const noticeSilentEnd = (desk: Desk): (() => void) => {
  const tell = () => {
    process.exitCode = tellError(desk, new Error('the program ended before its work was done'));
  };
  process.once('exit', tell);
  return () => process.off('exit', tell);
};

const open = async (door: AnyDoor, words: readonly string[], desk: Desk): Promise<number> => {
  const line = readCommandLine(door, words);
  if (typeof line === 'string') {
    desk.answer(line);
    return 0;
  }
  // Only here the heavy packages are loaded: --help and typos answer at once.
  const {runDoor} = await import('./_run.ts');
  return runDoor(door, line, {
    desk,
    environment: process.env,
    cwd: currentFolder(),
    now: new Date(),
  });
};

/** Errors: usage where somebody has removed it. */
const currentFolder = (): string => {
  try {
    return process.cwd();
  } catch (cause) {
    const hint = 'change to one that is there (cd)';
    throw new OpsError('usage', 'the current folder is gone', {hint, cause});
  }
};

/** Whether this module is what node was started with, through links too. */
export const isProgram = (url: string): boolean => {
  const [, program] = process.argv;
  return program !== undefined && realpathSync(program) === realpathSync(fileURLToPath(url));
};

/**
 * Sets up a fresh machine for `npm start` and `npm test`: installs what is missing where that is
 * ours to do (Debian and Ubuntu, as root), else says in one line what to run.
 */
import {existsSync} from 'node:fs';
import {OpsError} from '../lib/model/errors.ts';
import {installLine} from './_install-line.ts';
import {forBackup, forStart, forTests, isOnPath, type SystemPackage} from './_packages.ts';

type Say = (text: string) => void;

/** For the main job. Errors: unavailable (exit 6) with the line to run. */
export const setUpForStart = (say: Say): Promise<void> => setUp(forStart, say);

/** For a backup of a database that is elsewhere. Errors: as above. */
export const setUpForBackup = (say: Say): Promise<void> => setUp(forBackup, say);

/** For the tests: what can't be installed is said loudly, and the tests that need it are skipped. */
export const setUpForTests = async (say: Say): Promise<void> => {
  try {
    await setUp(forTests(), say);
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    const cause = error.cause instanceof Error ? `\n${error.cause.message}` : '';
    say(`MISSING: ${error.message}\n${error.hint}${cause}\nTests that need it are skipped.`);
  }
};

const setUp = async (packages: readonly SystemPackage[], say: Say): Promise<void> => {
  const names: string[] = [];
  for (const each of packages) if (!(await each.isHere())) names.push(each.name);
  if (names.length === 0) return;
  const isOurs =
    process.getuid?.() === 0 && existsSync('/etc/debian_version') && isOnPath('apt-get');
  if (!isOurs) throw missing(names);
  const line = `apt-get install ${names.join(' ')}`;
  // Only now: most runs find everything, and need neither apt nor zx.
  const {question, spinner} = await import('zx');
  const {aptInstall} = await import('./_apt.ts');
  const isTerminal = process.stdin.isTTY && process.stderr.isTTY && !process.env['CI'];
  if (isTerminal) {
    const answer = await question(
      `Not here yet: ${names.join(', ')}. Install with apt-get? [Y/n] `,
    );
    if (!/^(y|yes|)$/i.test(answer.trim())) throw missing(names);
    return void (await spinner(line, () => aptInstall(names)));
  }
  say(`Installing what is missing: ${line} (no server is started by it)`);
  const started = performance.now();
  await aptInstall(names);
  say(`Installed in ${((performance.now() - started) / 1_000).toFixed(0)} seconds.`);
};

const missing = (names: readonly string[]): OpsError =>
  new OpsError('unavailable', `this machine lacks ${names.join(', ')}`, {
    hint: installLine(names, {
      platform: process.platform,
      isRoot: process.getuid?.() === 0,
      installer: (['apt-get', 'dnf'] as const).find(isOnPath),
    }),
  });

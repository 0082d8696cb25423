/** Runs test files, each in a process of its own: a leak, a crash or a hang in one is that one's. */
import {spawn} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {relative} from 'node:path';
import {loaderFlags, repository} from './door.ts';
import {type Verdict, verdictOn} from './verdict.ts';

export type RunnerOptions = {
  /** How many files run at the same time; those named `*.serial.test.ts` always run alone, last. */
  readonly atOnce: number;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (text: string) => void;
};

export type FileResult = Verdict & {
  readonly file: string;
  readonly seconds: number;
  readonly output: string;
};

const running = new Set<number>();

/** Run the files and tell about each as it ends. Absolute paths in, results in the order of ending. */
export const runFiles = async (
  files: readonly string[],
  options: RunnerOptions,
): Promise<readonly FileResult[]> => {
  const isSerial = (file: string) => file.endsWith('.serial.test.ts');
  const together = files.filter((file) => !isSerial(file));
  const alone = files.filter(isSerial);
  const results: FileResult[] = [];
  const work = async (queue: string[]) => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const result = await runFile(file, options);
      options.say(told(result));
      results.push(result);
    }
  };
  await Promise.all(Array.from({length: options.atOnce}, () => work(together)));
  await work(alone);
  return results;
};

/** Ends whatever runs now: for a runner that is interrupted itself. */
export const endRunning = (): void => {
  for (const pid of running) endGroup(pid);
};

const runFile = async (
  file: string,
  {timeoutSeconds, environment}: RunnerOptions,
): Promise<FileResult> => {
  const source = await readFile(file, 'utf8');
  const started = performance.now();
  let isLate = false;
  const child = spawn(process.execPath, [...loaderFlags, file], {
    cwd: repository,
    env: {...environment, NO_COLOR: '1'},
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what the file left running ends with it.
    detached: true,
  });
  const {pid} = child;
  if (pid !== undefined) running.add(pid);
  const timer = setTimeout(() => {
    isLate = true;
    if (pid !== undefined) endGroup(pid);
  }, timeoutSeconds * 1_000);
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => chunks.push(chunk));
  const end = await new Promise<{exitCode: number | null; signal: string | null}>((resolve) => {
    child.once('error', (error) => chunks.push(Buffer.from(error.message)));
    child.once('exit', () => pid !== undefined && endGroup(pid));
    child.once('close', (exitCode, signal) => resolve({exitCode, signal}));
  });
  clearTimeout(timer);
  if (pid !== undefined) running.delete(pid);
  const output = Buffer.concat(chunks).toString('utf8');
  return {
    ...verdictOn({
      source,
      output,
      ...end,
      timedOutAfterSeconds: isLate ? timeoutSeconds : undefined,
    }),
    file: relative(repository, file),
    seconds: (performance.now() - started) / 1_000,
    output,
  };
};

const endGroup = (pid: number) => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
};

/** One line for a file that passed, everything it printed for one that did not. */
const told = ({file, seconds, passed, skipped, skips, faults, output}: FileResult): string => {
  const counts = `${passed} passed${skipped > 0 ? `, ${skipped} skipped` : ''}, ${seconds.toFixed(1)} s`;
  const reasons = skips.map((why) => `\n       SKIPPED: ${why}`).join('');
  if (faults.length === 0) return `ok     ${file}  ${counts}${reasons}\n`;
  return [
    `FAILED ${file}  ${counts}${reasons}`,
    ...faults.map((fault) => `       ${fault}`),
    ...output
      .trimEnd()
      .split('\n')
      .map((line) => `     | ${line}`),
    '',
  ].join('\n');
};

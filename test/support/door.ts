import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';

export type DoorResult = {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type DoorOptions = {
  /** The working directory, which is the project where `--project` says no other. */
  readonly cwd?: string;
  /** All that the door gets besides PATH, HOME, a C locale and the right to bring its own time. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Default 120 seconds; then the door is killed. */
  readonly timeoutSeconds?: number;
  /** Called with the process once it runs: to send it signals. */
  readonly onStart?: (pid: number) => void;
  /** Where `compileDoors` put the doors. */
  readonly compiled?: string;
  /** Words in front of node: `['strace', …]`, `['setpriv', …]`. */
  readonly under?: readonly string[];
};

/** The repository's folder. */
export const repository = fileURLToPath(new URL('../../', import.meta.url));

/** Node's own flags for running our sources: a loader where Node does not strip types by itself. */
export const loaderFlags: readonly string[] = (process.features as {typescript?: unknown})
  .typescript
  ? []
  : ['--import', import.meta.resolve('tsx')];

/** Run `scripts/<verb>.ts` as cron would: a child process, a clean environment, no terminal. */
export const door = (
  verb: string,
  args: readonly string[] = [],
  {
    cwd = repository,
    env = {},
    input,
    timeoutSeconds = 120,
    onStart,
    under = [],
    compiled,
  }: DoorOptions = {},
): Promise<DoorResult> =>
  new Promise((resolve) => {
    const program =
      compiled === undefined
        ? [...loaderFlags, `${repository}scripts/${verb}.ts`]
        : [`${compiled}/scripts/${verb}.mjs`];
    const words = [process.execPath, ...program, ...args];
    const [file = '', ...rest] = [...under, ...words];
    const child = execFile(
      file,
      rest,
      {
        cwd,
        env: {...cleanEnvironment(), ...env},
        timeout: timeoutSeconds * 1_000,
        killSignal: 'SIGKILL',
        maxBuffer: 1e8,
      },
      (_error, stdout, stderr) =>
        resolve({exitCode: child.exitCode, signal: child.signalCode, stdout, stderr}),
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    if (child.pid !== undefined) onStart?.(child.pid);
  });

/** What c8 and a shell need, that it is a test, and nothing that configures PostgreSQL or pgkeep. */
const cleanEnvironment = (): Record<string, string> => {
  const {PATH = '', HOME = '/', NODE_V8_COVERAGE} = process.env;
  return {
    PATH,
    HOME,
    LC_ALL: 'C.UTF-8',
    PGKEEP_TEST_RUN: '1',
    ...(NODE_V8_COVERAGE ? {NODE_V8_COVERAGE} : {}),
  };
};

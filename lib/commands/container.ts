/** PostgreSQL's programs inside a container that runs: what is said to `docker exec`. Never with a terminal. */
import type {Command} from '../model/command.ts';
import {connectionVariables} from '../model/connection-parameters.ts';

/** A running container, and who runs tools in it. */
export type Container = {
  /** The docker client of this host. */
  readonly docker: string;
  /** Its id or name. */
  readonly id: string;
  /** `uid:gid` or a name; the container's own user where undefined. */
  readonly user: string | undefined;
  /** What it was started from, where pgkeep did; undefined: it is the operator's. */
  readonly image: string | undefined;
  /** Paths of this host that it sees under the same name. */
  readonly mounts: readonly string[];
  /** A word that no other run has: every tool carries it in its environment. */
  readonly run: string;
};

/** Whether a tool reads its standard input. */
export type Input = 'none' | 'data';

const runVariable = 'PGKEEP_RUN';

/**
 * A command in a container. Values ride in the environment of the docker client and are asked for
 * by name: they stand neither in arguments nor in what `docker inspect` shows.
 * https://docs.docker.com/reference/cli/docker/container/exec/
 *
 * The tool takes the place of the shell around it: where PostgreSQL is the container's first
 * process, it adopts what others leave behind, and takes one that a signal ended for a crashed
 * backend of its own, upon which it restarts. So no tool of ours has a parent in there to lose.
 */
export const inContainer = (
  {docker, id, user, run}: Container,
  {file, args, env}: Command,
  input: Input,
): Command => {
  const own = {...env, [runVariable]: run};
  const names = [...new Set([...given, ...Object.keys(own)])];
  const unset = stray.filter((name) => !names.includes(name)).join(' ');
  return {
    file: docker,
    args: [
      'exec',
      ...(input === 'data' ? ['--interactive'] : []),
      ...(user === undefined ? [] : [`--user=${user}`]),
      ...names.map((name) => `--env=${name}`),
      ...[id, 'sh', '-c', `umask 077; unset ${unset}; exec "$@"`, 'sh', file, ...args],
    ],
    env: own,
  };
};

/** What every tool of ours gets from the shell that starts it. */
const given = ['LC_ALL', 'TZ', 'PGAPPNAME', 'PGCONNECT_TIMEOUT'];

/** What the container's own environment may set and ours does not: the tools would follow it. */
const stray = [
  ...connectionVariables,
  ...['PGSYSCONFDIR', 'PGLOCALEDIR', 'PGTZ', 'PGDATESTYLE', 'PGGEQO', 'PGCLIENTENCODING'],
];

/** What a guardian prints when it watches, and when it has cleared up. */
export const guardianSays = {ready: 'ready', cleared: 'cleared'} as const;

/**
 * Ending a docker client ends nothing inside. This one ends the tools of a run: with every line that
 * it reads, and with the end of its input, which comes whatever ends pgkeep. SIGINT first: psql and
 * pg_dump tell their server to cancel what it does for them.
 */
export const guardian = ({docker, id, user, run}: Container): Command => ({
  file: docker,
  args: [
    ...['exec', '--interactive', ...(user === undefined ? [] : [`--user=${user}`])],
    ...[id, 'sh', '-c', guardianScript, run],
  ],
  env: {},
});

const guardianScript = [
  'tools() {',
  '  for folder in /proc/[0-9]*; do',
  `    grep -qs "${runVariable}=$run" $folder/environ && echo \${folder#/proc/}`,
  '  done',
  '}',
  'clear() {',
  '  for signal in INT INT TERM KILL KILL; do',
  '    pids=$(tools)',
  '    [ -n "$pids" ] || break',
  '    kill -$signal $pids 2>/dev/null',
  '    for wait in 1 2 3 4 5; do [ -z "$(tools)" ] || sleep 0.2; done',
  '  done',
  '}',
  'run=$0',
  `echo ${guardianSays.ready}`,
  `while read -r line; do clear; echo ${guardianSays.cleared}; done`,
  'clear',
].join('\n');

/** Takes its input into a file of the container. */
export const fileInside = (container: Container, path: string): Command =>
  inContainer(container, {file: 'sh', args: ['-c', 'cat >"$0"', path], env: {}}, 'data');

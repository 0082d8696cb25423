/**
 * The sentences of a throw-away PostgreSQL: made by initdb, run by postgres itself (no pg_ctl:
 * a server that is our own child dies with us), as an account that owns nothing.
 */
import {join} from 'node:path';
import type {Command} from '../model/command.ts';

/** As whom a server runs: another account, by number, or ourselves. */
export type RunAs = {
  readonly account: {readonly uid: number; readonly gid: number} | undefined;
  /** The absolute path of setpriv; undefined where the host has none. */
  readonly setpriv: string | undefined;
};

/**
 * A fresh cluster. Who may reach its socket is decided by the folder's mode, hence `trust`.
 * https://www.postgresql.org/docs/current/app-initdb.html
 */
export const initdb = (
  binaries: string,
  options: {
    readonly data: string;
    readonly superuser: string;
    readonly encoding: string;
    readonly locale: string;
  },
): Command => ({
  file: join(binaries, 'initdb'),
  args: [
    '--no-sync',
    '--auth=trust',
    `--encoding=${options.encoding}`,
    `--locale=${options.locale}`,
    `--username=${options.superuser}`,
    `--pgdata=${options.data}`,
  ],
  env: {},
});

/** Names that initdb breaks on: it pastes the name into SQL without quoting it. */
export const isPlainRoleName = (name: string): boolean => !/["$'\\]/.test(name);

/**
 * One statement from standard input, as the cluster's first role, without a server.
 * https://www.postgresql.org/docs/current/app-postgres.html#APP-POSTGRES-SINGLE-USER
 */
export const singleUser = (binaries: string, {data}: {readonly data: string}): Command => ({
  file: join(binaries, 'postgres'),
  args: ['--single', '-j', '-D', data, '-c', 'exit_on_error=on', 'postgres'],
  env: {},
});

/**
 * The server in the foreground. Settings ride on the command line: there `ALTER SYSTEM` in a dump
 * cannot change them. https://www.postgresql.org/docs/current/app-postgres.html
 */
export const postgres = (
  binaries: string,
  options: {readonly data: string; readonly settings: Readonly<Record<string, string>>},
): Command => ({
  file: join(binaries, 'postgres'),
  args: [
    '-D',
    options.data,
    ...Object.entries(options.settings).flatMap(([k, v]) => ['-c', `${k}=${v}`]),
  ],
  env: {},
});

/** Asks whether an account reaches the program at all; prints its version. */
export const postgresVersion = (binaries: string): Command => ({
  file: join(binaries, 'postgres'),
  args: ['--version'],
  env: {},
});

/**
 * The same command as another account, or as ourselves, with nothing of our environment: a server
 * can read its own, and so can code hidden in a dump. `output` takes what it prints, so that a
 * process which outlives it holds no pipe of ours. Dies when pgkeep dies, by `whenParentDies`:
 * the kernel forgets that wish when the account changes, so it is made known last.
 * https://man7.org/linux/man-pages/man1/setpriv.1.html
 */
export const runAs = (
  {account, setpriv}: RunAs,
  command: Command,
  options: {readonly whenParentDies: 'QUIT' | 'KILL'; readonly output?: string},
): Command => {
  const environment = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LC_ALL: 'C',
    TZ: 'UTC',
    ...command.env,
  };
  const bare = ['/usr/bin/env', '-i', ...Object.entries(environment).map(([k, v]) => `${k}=${v}`)];
  const redirected =
    options.output === undefined ? [] : ['/bin/sh', '-c', 'exec "$@" >>"$0" 2>&1', options.output];
  const words = [...bare, ...redirected, command.file, ...command.args];
  const privileges = [
    ...(account
      ? [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', '--no-new-privs']
      : []),
    `--pdeathsig=${options.whenParentDies}`,
  ];
  const [file = '', ...args] =
    setpriv === undefined ? words : [setpriv, ...privileges, '--', ...words];
  return {file, args, env: {}};
};

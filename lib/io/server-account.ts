import {accessSync, constants} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {postgresVersion, type RunAs, runAs} from '../commands/server.ts';
import {OpsError} from '../model/errors.ts';
import type {Shell} from './shell.ts';

const setprivFile = '/usr/bin/setpriv';

/**
 * As whom a throw-away server runs. PostgreSQL refuses root, and the owner of production's data
 * (`postgres`) is the wrong one: functions, defaults and event triggers hidden in a dump run with
 * the server's rights and would read production's files and our backups. So root runs it as
 * `nobody`, who owns nothing; as `postgres` only where `nobody` can't run it. (What else runs as
 * `nobody` could read the copy meanwhile: where that matters, pgkeep runs as a user of its own.)
 * An ordinary user runs it as himself.
 * Errors: unavailable where no account reaches the programs.
 */
export const serverAccount = async (
  shell: Shell,
  binaries: string,
  signal: AbortSignal,
): Promise<RunAs> => {
  const setpriv = isExecutable(setprivFile) ? setprivFile : undefined;
  if (process.getuid?.() !== 0) return {account: undefined, setpriv};
  if (setpriv === undefined)
    throw new OpsError('unavailable', 'PostgreSQL does not run as root, and there is no setpriv', {
      hint: 'run pgkeep as an ordinary user',
    });
  const accounts = accountsIn(await readFile('/etc/passwd', 'utf8'), ['nobody', 'postgres']);
  let cause: unknown;
  for (const account of accounts) {
    const who = {account, setpriv};
    try {
      await shell.run(runAs(who, postgresVersion(binaries), {whenParentDies: 'KILL'}), {signal});
      return who;
    } catch (error) {
      signal.throwIfAborted();
      cause = error;
    }
  }
  throw new OpsError(
    'unavailable',
    `no unprivileged account can run the programs in '${binaries}'`,
    {
      hint: 'PostgreSQL does not run as root: let the account nobody read and execute that folder',
      cause,
    },
  );
};

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const accountsIn = (passwd: string, names: readonly string[]) =>
  names.flatMap((name) => {
    const [, , uid, gid] =
      passwd
        .split('\n')
        .find((line) => line.startsWith(`${name}:`))
        ?.split(':') ?? [];
    return uid === undefined || gid === undefined ? [] : {uid: Number(uid), gid: Number(gid)};
  });

/** Installs Debian packages so that nothing starts: no cluster on port 5432, no Redis on 6379. */
import {chmod, mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {$} from 'zx';
import {OpsError} from '../lib/model/errors.ts';

/** The first line of a file that is ours and only there while apt runs. */
const mark = '# pgkeep: only here while packages are being installed';

const clusterConfig = {
  path: '/etc/postgresql-common/createcluster.conf',
  text: `${mark}\ncreate_main_cluster = false\n`,
  mode: 0o644,
};

/**
 * invoke-rc.d asks this program before it starts a service: 101 is no. It says so only while we
 * live, so that a pgkeep killed here forbids nothing for ever.
 * https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
 */
const servicePolicy = () => ({
  path: '/usr/sbin/policy-rc.d',
  text: `#!/bin/sh\n${mark}\n[ -d /proc/${process.pid} ] && exit 101\nexit 0\n`,
  mode: 0o755,
});

export type AptOptions = {
  /** The file system to install into: `/`; tests have one of their own. */
  readonly root?: string;
  /** The environment of apt; ours by default. */
  readonly environment?: NodeJS.ProcessEnv;
};

/** Install packages as root. Errors: unavailable, with all that apt said as the cause. */
export const aptInstall = (
  names: readonly string[],
  {root = '/', environment = process.env}: AptOptions = {},
): Promise<void> =>
  withFile(below(root, clusterConfig), () =>
    withFile(below(root, servicePolicy()), () =>
      uninterrupted(async () => {
        const apt = aptOf(environment);
        await apt(['update']);
        await apt(['install', '--yes', '--no-install-recommends', ...names]);
        if (names.includes('redis-server')) await keepFromBooting('redis-server', environment);
      }),
    ),
  );

const aptOf = (environment: NodeJS.ProcessEnv) => async (args: readonly string[]) => {
  const patient = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  const env = {
    ...environment,
    DEBIAN_FRONTEND: 'noninteractive',
    NEEDRESTART_SUSPEND: '1',
    LC_ALL: 'C',
  };
  const {exitCode, stdall} = await $({
    env,
    quiet: true,
    nothrow: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })`apt-get ${patient} ${args}`;
  if (exitCode !== 0)
    throw new OpsError('unavailable', `apt-get ${args[0]} failed with exit code ${exitCode}`, {
      hint: 'see what it says below; run it by hand, then try again',
      cause: new Error(stdall.trim()),
    });
};

/** A package enables its service for the next boot, whatever the policy said about now. */
const keepFromBooting = async (service: string, env: NodeJS.ProcessEnv) => {
  const quietly = $({env, quiet: true, nothrow: true});
  await quietly`deb-systemd-helper disable ${service}.service`;
  await quietly`update-rc.d ${service} disable`;
};

type Placed = {readonly path: string; readonly text: string; readonly mode: number};

const below = (root: string, file: Placed): Placed => ({...file, path: join(root, file.path)});

/** A file in place for as long as `work` runs; then what was there before, by rename, or nothing. */
const withFile = async <T>({path, text, mode}: Placed, work: () => Promise<T>): Promise<T> => {
  const saved = `${path}.before-pgkeep`;
  const putBack = async () => {
    if ((await readIfThere(path))?.includes(mark)) await rm(path);
    await rename(saved, path).catch(ignoreMissing);
  };
  // Left by a run that was killed in here.
  await putBack();
  await mkdir(dirname(path), {recursive: true, mode: 0o755});
  await rename(path, saved).catch(ignoreMissing);
  try {
    await writeFile(path, text, {flag: 'wx'});
    await chmod(path, mode);
    return await work();
  } finally {
    await putBack();
  }
};

const readIfThere = (path: string) => readFile(path, 'utf8').catch(ignoreMissing);

const ignoreMissing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT') throw error;
};

/** Half an installation is worse than a late Ctrl-C. */
const uninterrupted = async <T>(work: () => Promise<T>): Promise<T> => {
  const tell = () =>
    void process.stderr.write('packages are being installed: wait for it to end\n');
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, tell);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.off(signal, tell);
  }
};

/** Env files as they stand on the disk, and the examples beside them. */
import {basename, join} from 'node:path';
import type {EnvironmentText} from '../model/deploy/lint-environment.ts';
import {OpsError} from '../model/errors.ts';
import {openRegular} from './regular-file.ts';

/** Undefined where there is none. Errors: unavailable where it can't be read. */
export const readEnvText = async (path: string): Promise<EnvironmentText | undefined> => {
  try {
    const file = await openRegular(path, {links: 'followed'});
    try {
      const {mode} = await file.stat();
      return {name: basename(path), text: await file.readFile('utf8'), mode};
    } finally {
      await file.close();
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new OpsError('unavailable', `'${path}' can't be read`, {
      hint: 'let this account read it, or name another one with --env-file',
      cause,
    });
  }
};

/** The example that an env file was made from: its own name with `.example`, or one of the usual ones. */
export const readExample = async (
  folder: string,
  envFile: string | undefined,
): Promise<EnvironmentText | undefined> => {
  const own = envFile === undefined ? [] : [`${basename(envFile)}.example`];
  const usual = ['.env.production.example', '.env.example', '.env.sample', '.env.template'];
  for (const name of [...own, ...usual]) {
    const found = await readEnvText(join(folder, name));
    if (found) return found;
  }
  return undefined;
};

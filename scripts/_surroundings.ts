/** Reads what settings are made of: the env file, and the files that `NAME_FILE` keys name. */
import {readFileSync, type Stats, statSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {OpsError} from '../lib/model/errors.ts';
import {type Surroundings, secretFilePaths} from '../lib/model/givens.ts';
import {projectOf, type Settings} from '../lib/model/settings.ts';

export type Place = {
  /** By flag name: `project` and `env-file` are looked at. */
  readonly flags: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The file to read where --env-file names none: the first that is there; the last in any case. */
  readonly envFiles?: readonly string[];
};

/** All that `parseSettings` judges. Errors: usage for a project or env file that is not there. */
export const lookAround = ({flags, environment, cwd, envFiles = ['.env']}: Place): Surroundings => {
  const project = projectOf({flags, cwd});
  if (!lookAt(project)?.isDirectory()) {
    throw new OpsError('usage', `there is no folder ${project}`, {hint: 'see --project'});
  }
  const named = flags['env-file'];
  const usual = envFiles.map((name) => join(project, name));
  const path =
    named === undefined
      ? (usual.find((file) => lookAt(file)) ?? join(project, '.env'))
      : resolve(cwd, named);
  const found = statSync(path, {throwIfNoEntry: false});
  if (!found && named !== undefined) {
    throw new OpsError('usage', `there is no env file ${path}`, {hint: 'see --env-file'});
  }
  const text = found && readText(path);
  const file = {path, text, ...(found?.isFile() ? {mode: found.mode} : {})};
  const read = secretFilePaths({environment, file}, project).map((secret) => [
    secret,
    readIfThere(secret),
  ]);
  return {environment, file, secretFiles: Object.fromEntries(read)};
};

/** libpq passes over a password file that others can read, and would then ask for a password. */
export const passwordFileWarnings = (
  {connection}: Settings,
  {HOME}: Readonly<Record<string, string | undefined>>,
): readonly string[] => {
  if (!connection || connection.libpq['PGPASSWORD'] !== undefined) return [];
  const path =
    connection.libpq['PGPASSFILE'] ?? (HOME === undefined ? undefined : join(HOME, '.pgpass'));
  const found = path === undefined ? undefined : lookAt(path);
  if (!found?.isFile() || !isOpenToOthers(found)) return [];
  return [`${path} can be read by others, so PostgreSQL's tools ignore it: chmod 600 ${path}`];
};

/** What can't even be looked at (another user's home) is not there for us. */
const lookAt = (path: string): Stats | undefined => {
  try {
    return statSync(path, {throwIfNoEntry: false});
  } catch {
    return undefined;
  }
};

const isOpenToOthers = ({mode}: Stats): boolean => (mode & 0o077) !== 0;

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new OpsError('settings', `the env file ${path} can't be read`, {cause});
  }
};

const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

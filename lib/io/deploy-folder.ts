/** The folder `.pgkeep` beside the compose file: the journal of the deploys, their definitions and logs. */
import {existsSync} from 'node:fs';
import {readdir, readFile, rm} from 'node:fs/promises';
import {hostname, userInfo} from 'node:os';
import {dirname, join} from 'node:path';
import {type Entry, parseJournal, serialiseEntry} from '../model/deploy/journal.ts';
import {OpsError} from '../model/errors.ts';
import {appendDurably, privateFolder, writeDurably} from './durable.ts';

const journalName = 'deploys.jsonl';

/** Beside the compose file, wherever that is. */
export type Home = {readonly project: string; readonly composeFile: string | undefined};

const folderOf = ({project, composeFile}: Home): string =>
  join(composeFile === undefined ? project : dirname(composeFile), '.pgkeep');

/** Made where it is missing, for this account alone. Errors: unavailable. */
export const deployFolder = async (home: Home): Promise<string> => {
  const folder = folderOf(home);
  await privateFolder(folder);
  return folder;
};

export const lockFile = (folder: string): string => join(folder, 'lock');

/** Where there has been no deploy there is none, and none is made. */
export const existingLockFile = (home: Home): string | undefined => {
  const file = lockFile(folderOf(home));
  return existsSync(file) ? file : undefined;
};

/** Every entry, oldest first; nothing where there was no deploy. Errors: unavailable for a journal that can't be read. */
export const readDeploys = async (home: Home): Promise<readonly Entry[]> =>
  parseJournal((await readIfThere(join(folderOf(home), journalName))) ?? '');

/** What an entry says besides when. */
export type Note = Entry extends infer One ? (One extends Entry ? Omit<One, 'at'> : never) : never;

/** One more line, on the disk when this returns. Errors: toolFailed. */
export const note = (folder: string, entry: Note): Promise<void> => {
  const stamped = {
    ...entry,
    at: new Date().toISOString(),
  };
  return appendDurably(join(folder, journalName), serialiseEntry(stamped as Entry));
};

/** Who begins a deploy. */
export const ownerOf = (): {host: string; user: string; pid: number} => ({
  host: hostname(),
  user: userInfo().username,
  pid: process.pid,
});

/** The definition that a deploy was made from, secrets in it: mode 0600, for a way back to it. */
export const keepDefinition = (folder: string, deploy: string, rendered: string): Promise<void> =>
  writeDurably(definitionPath(folder, deploy), rendered);

/** Undefined where it is not kept any more. Errors: unavailable where it can't be read. */
export const readDefinition = (home: Home, deploy: string): Promise<string | undefined> =>
  readIfThere(definitionPath(folderOf(home), deploy));

/** Removes the definitions and logs of all deploys but these. */
export const forgetOthers = async (folder: string, kept: readonly string[]): Promise<void> => {
  for (const name of await readdir(folder)) {
    const [, deploy] = /^(\d{8}T\d{6}Z)\.(compose\.json|[a-z]+\.log)$/.exec(name) ?? [];
    if (deploy !== undefined && !kept.includes(deploy)) await rm(join(folder, name), {force: true});
  }
};

/** What a container of a deploy printed, mode 0600. */
export const keepLog = async (
  folder: string,
  {deploy, name, text}: {readonly deploy: string; readonly name: string; readonly text: string},
): Promise<string> => {
  const path = join(folder, `${deploy}.${name}.log`);
  await writeDurably(path, text);
  return path;
};

/** Only what is not there is nothing: what can't be read may tell of a deploy that is open. */
const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new OpsError('unavailable', `'${path}' can't be read`, {
      hint: 'it tells what deploys have done: let the account that runs pgkeep read it, and see the disk',
      cause,
    });
  });

const definitionPath = (folder: string, deploy: string) => join(folder, `${deploy}.compose.json`);

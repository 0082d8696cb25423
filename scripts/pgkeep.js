#!/bin/sh
//bin/sh -c :; exec node -- "$0" "$@"
// A shell reads the line above as commands, node as a comment. The `--` keeps node from taking our
// --env-file for its own, wherever it stands: https://github.com/nodejs/node/issues/54232

// Plain JavaScript, for it decides who reads the TypeScript of all other files: Node itself where it
// strips types, else tsx. Node strips none below node_modules, and links are already resolved here.
import {accessSync, constants, lstatSync, mkdirSync, statSync} from 'node:fs';
import module from 'node:module';
import {userInfo} from 'node:os';
import {join, sep} from 'node:path';
import {fileURLToPath} from 'node:url';

// Where compiled code is kept: in the account's own folder, not in one of HOME or TMPDIR. What others
// may write, or could make before us in /tmp, must never be read back as code.
const ownFolder = () => {
  try {
    const {homedir, uid} = userInfo();
    if (statSync(homedir).uid !== uid) return undefined;
    const folder = join(homedir, '.cache', 'pgkeep');
    mkdirSync(folder, {recursive: true, mode: 0o700});
    accessSync(folder, constants.W_OK);
    const facts = lstatSync(folder);
    const isOurs = facts.isDirectory() && facts.uid === uid && (facts.mode & 0o022) === 0;
    return isOurs ? folder : undefined;
  } catch {
    // An account without an entry, as in some containers, or a home that can't be written.
    return undefined;
  }
};
const folder = ownFolder();
// From Node 22 on: a verb starts in half the time where all was compiled before.
if (folder !== undefined) module.enableCompileCache?.(folder);

const isInstalled = fileURLToPath(import.meta.url).includes(`${sep}node_modules${sep}`);

if (!process.features.typescript || isInstalled) {
  // tsx takes its folder from here, on this thread and on one that it starts. Others see no change.
  const before = {TMPDIR: process.env.TMPDIR, TSX_DISABLE_CACHE: process.env.TSX_DISABLE_CACHE};
  if (folder === undefined) process.env.TSX_DISABLE_CACHE = '1';
  else process.env.TMPDIR = folder;
  const {register} = await import('tsx/esm/api');
  // Without this tsx would read the tsconfig.json of whatever folder it is called in.
  register({tsconfig: false});
  for (const [name, value] of Object.entries(before))
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
}

const {pgkeep} = await import('./_pgkeep.ts');
await pgkeep(process.argv.slice(2));

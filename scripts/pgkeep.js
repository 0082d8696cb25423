#!/bin/sh
//bin/sh -c :; exec node -- "$0" "$@"
// A shell reads the line above as commands, node as a comment. The `--` keeps node from taking our
// --env-file for its own, wherever it stands: https://github.com/nodejs/node/issues/54232

// Plain JavaScript, for it decides who reads the TypeScript of all other files: Node itself where it
// strips types, else tsx. Node strips none below node_modules, and links are already resolved here.
import {sep} from 'node:path';
import {fileURLToPath} from 'node:url';

const isInstalled = fileURLToPath(import.meta.url).includes(`${sep}node_modules${sep}`);

if (!process.features.typescript || isInstalled) {
  const {register} = await import('tsx/esm/api');
  // Without this tsx would read the tsconfig.json of whatever folder it is called in.
  register({tsconfig: false});
}

const {pgkeep} = await import('./_pgkeep.ts');
await pgkeep(process.argv.slice(2));

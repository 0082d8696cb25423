#!/usr/bin/env node
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

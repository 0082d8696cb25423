/** Doors compiled into one file each: they start in a third of the time, which loops of faults need. */
import {copyFile, mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {build} from 'esbuild';
import {repository} from './door.ts';

/** Compiles doors into `<folder>/scripts/<verb>.mjs`. */
export const compileDoors = async (folder: string, verbs: readonly string[]): Promise<void> => {
  await mkdir(join(folder, 'scripts'), {recursive: true});
  // A door reads its version there.
  await copyFile(join(repository, 'package.json'), join(folder, 'package.json'));
  await build({
    entryPoints: verbs.map((verb) => join(repository, 'scripts', `${verb}.ts`)),
    outdir: join(folder, 'scripts'),
    outExtension: {'.js': '.mjs'},
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    banner: {
      js: "import {createRequire as require_} from 'node:module';const require = require_(import.meta.url);",
    },
  });
};

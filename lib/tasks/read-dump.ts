/** Hands the dump of a set to a program, decompressed on the way, process to process. */
import {join} from 'node:path';
import {decompressor} from '../commands/compress.ts';
import type {Archive} from '../commands/pg-restore.ts';
import {asItIs} from '../commands/text.ts';
import {withInput} from '../io/descriptor.ts';
import type {Output, Shell} from '../io/shell.ts';
import {findCompressors} from '../io/tools.ts';
import type {Command} from '../model/command.ts';
import type {Compression} from '../model/compression.ts';
import {OpsError} from '../model/errors.ts';
import type {Manifest} from '../model/manifest.ts';
import {dumpName} from '../model/set-name.ts';

export type StoredDump = {
  /** The folder of the set. */
  readonly folder: string;
  readonly format: Manifest['format'];
  readonly compression: Compression;
};

/** A dump in custom or directory format, read by pg_restore. Errors: toolFailed; notIntact where the file is not there. */
export const readArchive = (
  shell: Shell,
  dump: StoredDump,
  {say, mayStopEarly = false}: {say: (archive: Archive) => Command; mayStopEarly?: boolean},
): Promise<Output> => {
  const path = pathOf(dump);
  if (dump.format === 'directory') return shell.run(say({folder: path}));
  const stages = [decompress(shell, dump), say('input')];
  return withInput(path, (input) => shell.pipe(stages, {input, output: 'text', mayStopEarly}));
};

/** A dump in plain format, read by one program or several in a row. Errors: as above. */
export const readPlain = (
  shell: Shell,
  dump: StoredDump,
  stages: readonly Command[],
): Promise<Output> =>
  withInput(pathOf(dump), (input) =>
    shell.pipe([decompress(shell, dump), ...stages], {input, output: 'text'}),
  );

/** A dump in custom format, decompressed, through a program that may stop early, into a descriptor. Errors: as above. */
export const readDump = (
  shell: Shell,
  dump: StoredDump,
  {reader, output}: {reader: Command; output: number},
): Promise<Output> =>
  withInput(pathOf(dump), (input) =>
    shell.pipe([decompress(shell, dump), reader], {input, output, mayStopEarly: true}),
  );

const pathOf = ({folder, format, compression}: StoredDump) =>
  join(folder, dumpName(format, compression.kind));

const decompress = (shell: Shell, {compression: {kind}}: StoredDump): Command => {
  const command = kind === 'none' ? asItIs : decompressor(kind, findCompressors(shell));
  if (command) return command;
  throw new OpsError('unavailable', `no program that reads ${kind} was found on this host`, {
    hint: `install ${kind} (Debian: apt-get install ${kind})`,
  });
};

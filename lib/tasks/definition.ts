/** What a set holds besides rows, read back as text: small files, decompressed into memory. */
import {join} from 'node:path';
import {decompressor} from '../commands/compress.ts';
import {type Filters, pgDumpGlobals, pgDumpSchema} from '../commands/pg-dump.ts';
import {pgRestoreScript} from '../commands/pg-restore.ts';
import type {Binaries} from '../commands/postgres.ts';
import {withInput} from '../io/descriptor.ts';
import {findCompressors} from '../io/tools.ts';
import {type Connection, withOptions} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import type {Context} from './context.ts';

/** A `.sql.gz` of a set as text. Errors: notIntact where it can't be read. */
export const textIn = async (
  {shell}: Context,
  folder: string,
  name: 'schema.sql.gz' | 'globals.sql.gz',
): Promise<string> => {
  const command = decompressor('gzip', findCompressors(shell));
  if (!command) throw new OpsError('unavailable', 'the program gzip was not found on this host');
  const read = (input: number) => shell.pipe([command], {input, output: 'text', kind: 'notIntact'});
  return (await withInput(join(folder, name), read)).stdout;
};

export type Definition = {readonly schema: string; readonly globals: string};

export type DefinitionOptions = {
  readonly binaries: Binaries;
  readonly database: string;
  readonly rolePasswords: boolean;
  /** Those that the set was taken with: what they left out is no difference. */
  readonly filters: Filters;
};

/** The definition of a database and the globals of its server as they are now. */
export const definitionOf = async (
  {shell, settings}: Context,
  connection: Connection,
  {binaries, database, rolePasswords, filters}: DefinitionOptions,
): Promise<Definition> => {
  const dump = pgDumpSchema(withOptions(connection, {quote_all_identifiers: 'off'}), {
    binaries,
    snapshot: undefined,
    filters,
    isStandby: false,
    lockWaitSeconds: settings.lockWaitSeconds,
  });
  const toText = pgRestoreScript(binaries, 'input', {to: 'output', create: true});
  const schema = await shell.pipe([dump, toText], {output: 'text'});
  const globals = await shell.run(pgDumpGlobals(connection, {binaries, database, rolePasswords}));
  return {schema: schema.stdout, globals: globals.stdout};
};

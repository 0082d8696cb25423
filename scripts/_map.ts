/** The file of `--map` and `--write-map`. */
import {readFile, writeFile} from 'node:fs/promises';
import {OpsError} from '../lib/model/errors.ts';
import {type MigrateMap, mapOf, parseMap} from '../lib/model/migrate/migrate-map.ts';
import type {Reported} from '../lib/model/migrate/plan-text.ts';

/** Errors: usage for a file that is none, or no YAML, or says what is not known. */
export const readMap = async (path: string): Promise<MigrateMap> => {
  const {YAML} = await import('zx');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new OpsError('usage', `the map '${path}' can't be read`, {cause});
  });
  try {
    return parseMap(YAML.parse(text), path);
  } catch (error) {
    if (error instanceof OpsError) throw error;
    throw new OpsError('usage', `the map '${path}' is no YAML`, {cause: error});
  }
};

const head = `# Each table and column of the source, and what it becomes. What is taken out of this file is decided anew.
# A table: name, skip: true, columns, indexes: [{on: 'payload', using: gin}].
# A column: name, type (converted after the comparison; with using: an expression), drop: true.
# after: statements for the new tables.
`;

export const writeMap = async (path: string, {decisions}: Reported): Promise<void> => {
  const {YAML} = await import('zx');
  await writeFile(path, head + YAML.stringify(mapOf(decisions)), {mode: 0o600});
};

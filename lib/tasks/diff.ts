import {dirname} from 'node:path';
import {readShelf, type StoredSet} from '../io/store.ts';
import {groupOf} from '../model/candidate.ts';
import {diffSets, type SetDiff} from '../model/diff.ts';
import {OpsError} from '../model/errors.ts';
import {type SchemaChange, schemaChanges} from '../model/schema-text.ts';
import type {Context} from './context.ts';
import {textIn} from './definition.ts';
import {findSet} from './find-set.ts';

export type Diffed = {
  readonly before: StoredSet;
  readonly after: StoredSet;
  readonly diff: SetDiff;
};

/**
 * What changed between two sets. One name alone is compared with the set before it, none at all
 * means `latest`. Errors: usage for unknown sets and for one that has none before it.
 */
export const diff = async (
  context: Context,
  names: readonly string[],
  database?: string,
): Promise<Diffed> => {
  const [first = 'latest', second] = names;
  const named = await findSet(context, first, database);
  const [before, after] =
    second === undefined
      ? [await setBefore(named), named]
      : [named, await findSet(context, second, database)];
  const schema = await definitionChanges(context, before, after);
  return {before, after, diff: diffSets(before.manifest, after.manifest, schema)};
};

/** The one before it on its shelf: of the same server, taken with the same filters. */
const setBefore = async (set: StoredSet): Promise<StoredSet> => {
  const {sets} = await readShelf(dirname(set.folder));
  const {id} = set.manifest;
  const group = groupOf(set.manifest);
  const before = sets.findLast(({manifest}) => manifest.id < id && groupOf(manifest) === group);
  if (before) return before;
  throw new OpsError('usage', `there is no set before ${id} of the same server and filters`, {
    hint: 'name the two to compare: `pgkeep diff A B`; `pgkeep list` shows them',
  });
};

/** Null where one of the definitions can't be read. */
const definitionChanges = async (
  context: Context,
  before: StoredSet,
  after: StoredSet,
): Promise<readonly SchemaChange[] | null> => {
  try {
    const read = ({folder}: StoredSet) => textIn(context, folder, 'schema.sql.gz');
    return schemaChanges(await read(before), await read(after));
  } catch (error) {
    if (!(error instanceof OpsError) || error.kind !== 'notIntact') throw error;
    context.reporter.warn(`the definitions can't be compared: ${error.message}`);
    return null;
  }
};

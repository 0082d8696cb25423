/** Where the roles of `restore --roles-only` are read: from a set, or from what pg_dumpall wrote. */
import {resolve} from 'node:path';
import type {StoredSet} from '../io/store.ts';
import {OpsError} from '../model/errors.ts';
import type {Server} from './connect.ts';
import type {Context} from './context.ts';
import {textIn} from './definition.ts';
import {recognise, scanDump} from './foreign-dump.ts';
import type {RolesSource} from './restore-roles.ts';
import {verify} from './verify.ts';

/** Errors: notIntact where the set's files are not what its manifest says. */
export const rolesOfSet = async (context: Context, set: StoredSet): Promise<RolesSource> => {
  const {verdict, problems} = await verify(context, set, 'checksum');
  const {id, startedAt} = set.manifest;
  if (verdict === 'damaged')
    throw new OpsError('notIntact', `the set ${id} is damaged: ${problems.join('; ')}`, {
      hint: 'nothing was touched; take the roles from another set: `pgkeep list` shows them',
    });
  const globals = await textIn(context, set.folder, 'globals.sql.gz');
  return {id, folder: set.folder, takenAt: startedAt, globals};
};

/** Errors: usage for a dump of one database, which says nothing of roles; notIntact for one that is cut or no dump. */
export const rolesOfDump = async (
  context: Context,
  {client}: Pick<Server, 'client'>,
  path: string,
): Promise<RolesSource> => {
  const dump = await recognise(context, path);
  const none = new OpsError('usage', `'${path}' is of one database and says nothing of roles`, {
    hint: 'roles are in what pg_dumpall writes (also with --globals-only), and in every set',
  });
  if (dump.kind !== 'plain') throw none;
  const {isCluster, globals} = await scanDump(context, dump, client);
  if (!isCluster) throw none;
  const folder = resolve(path);
  return {
    id: folder.split('/').at(-1) ?? path,
    folder,
    takenAt: dump.changedAt.toISOString(),
    globals,
  };
};

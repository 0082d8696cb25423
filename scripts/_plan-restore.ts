/** What the flags of `restore` mean: a set by its name, a dump by its file, or roles alone. */
import {existsSync} from 'node:fs';
import {join, resolve} from 'node:path';
import type {Connection} from '../lib/model/connection.ts';
import {OpsError} from '../lib/model/errors.ts';
import type {Context} from '../lib/tasks/context.ts';
import {jobsGiven} from './_jobs-given.ts';

/** Whether a file or folder is no set of ours. */
export const isDump = (path: string): boolean => !existsSync(join(path, 'manifest.json'));

const pickOf = ({schema, table}: {schema: readonly string[]; table: readonly string[]}) =>
  schema.length + table.length > 0 ? {schemas: schema, tables: table} : undefined;

export type Chosen = {
  readonly backup: string | undefined;
  readonly backupFile: string | undefined;
  readonly into: string | undefined;
  readonly owner: string | undefined;
  readonly trust: boolean;
  readonly schema: readonly string[];
  readonly table: readonly string[];
};

/** A set by its name, or a dump by its file. */
export const planFor = async (context: Context, connection: Connection, flags: Chosen) => {
  const {backupFile, into, trust, owner} = flags;
  const jobs = jobsGiven(context.settings);
  const pick = pickOf(flags);
  if (backupFile !== undefined && isDump(backupFile)) {
    if (pick)
      throw new OpsError('usage', 'of a dump no table is picked: it is restored whole', {
        hint: 'restore it with --into NAME, and take from there what you need',
      });
    const {planForeign} = await import('../lib/tasks/plan-foreign.ts');
    return planForeign(context, connection, {
      path: backupFile,
      into,
      jobs,
      isTrusted: trust,
      owner,
    });
  }
  if (trust || owner !== undefined)
    throw new OpsError('usage', '--trust and --owner are for dumps, with --backup-file', {
      hint: 'a set is loaded as the connecting role, its owners kept',
    });
  const [{findSet}, {planRestore}, {identify}, {sourceOfSet}] = await Promise.all([
    import('../lib/tasks/find-set.ts'),
    import('../lib/tasks/plan-restore.ts'),
    import('../lib/tasks/identify.ts'),
    import('../lib/tasks/build-beside.ts'),
  ]);
  const {system} = await identify(context, connection);
  const name = backupFile === undefined ? flags.backup : resolve(backupFile);
  const set = await findSet(context, name ?? 'latest', connection.libpq['PGDATABASE'], system);
  const planned = await planRestore(context, connection, {set, into, jobs, pick});
  return {...planned, source: sourceOfSet(set)};
};

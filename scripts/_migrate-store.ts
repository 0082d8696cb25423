/** Where `migrate` reads from, other than SQLite: Redis, or documents of JSON. */
import {resolve} from 'node:path';
import {passwordsIn} from '../lib/model/connection-url.ts';
import {OpsError} from '../lib/model/errors.ts';
import {parseRedisUrl} from '../lib/model/migrate/redis-url.ts';
import {printable} from '../lib/model/redact.ts';
import {choice, path} from '../lib/model/setting-kinds.ts';
import type {Context} from '../lib/tasks/context.ts';
import type {StoreOrigin} from '../lib/tasks/migrate/store-source.ts';
import type {StoreFiles} from '../lib/tasks/migrate/store-to-files.ts';
import {type Flags, flagName, type OptionTable} from './_door.ts';

export const storeOptions = {
  redisUrl: {
    value: 'URL',
    summary:
      'a Redis instead: redis[s]://[user][:password]@host[:port][/database], or unix:///path; without a number all databases (REDIS_URL)',
  },
  settingsPath: {
    value: 'FILE',
    kind: path(),
    summary:
      'a document of JSON instead, of the kind `settings`; with --backend filesystem the file to write (config/settings.json)',
  },
  statePath: {
    value: 'FILE',
    kind: path(),
    summary: 'the same of the kind `state` (config/state.json)',
  },
  jsonPath: {
    value: 'FILE',
    kind: path(),
    repeatable: true,
    summary:
      'a document of JSON instead; its kind is its name without `.json`. What `export --json-path` wrote comes as its tables',
  },
  backend: {
    value: 'WHERE',
    kind: choice('postgres', 'filesystem'),
    summary:
      'where documents and keys go: the table json_store (`postgres`, the default), or files',
  },
  strict: {
    summary: 'one row or cell that would be lost fails the run, with nothing touched (the default)',
    conflicts: ['noStrict'],
  },
  noStrict: {
    summary:
      'bring what there is: without rows and cells that a map rejects, and documents that lack what is relied on; told, and exit code 4 where rows or cells are lost',
  },
} as const satisfies OptionTable;

type StoreFlags = Flags<typeof storeOptions>;

/** What else was given: flags that a store, or files, have no use for. */
type OtherFlags = Readonly<
  Record<'names' | 'map' | 'writeMap', string | undefined> &
    Record<'schema' | 'compare' | 'report' | 'postgresUrl' | 'rejects', string | undefined> &
    Record<'include' | 'exclude' | 'sqlitePath', readonly string[]> &
    Record<'dataOnly' | 'noInfer' | 'resume' | 'verifyOnly', boolean>
>;

const idleWithStore = [
  'noInfer',
  'names',
  'include',
  'exclude',
  'rejects',
  'dataOnly',
  'writeMap',
  'resume',
] as const;
const idleWithFiles = ['schema', 'compare', 'report', 'postgresUrl', 'verifyOnly'] as const;

/**
 * Undefined where SQLite is meant. What is configured is SQLite before Redis: an application keeps its data in the
 * one and mostly a cache in the other. Errors: usage for flags that do not go together.
 */
export const originOf = (
  {reporter, settings}: Context,
  flags: StoreFlags & OtherFlags,
): StoreOrigin | undefined => {
  const {redisUrl, settingsPath, statePath, jsonPath, backend = 'postgres'} = flags;
  const isToFiles = backend === 'filesystem';
  const own = [
    ...(settingsPath === undefined ? [] : [{path: settingsPath, kind: 'settings'}]),
    ...(statePath === undefined ? [] : [{path: statePath, kind: 'state'}]),
  ];
  const documents = [...(isToFiles ? [] : own), ...jsonPath.map((file) => ({path: file}))];
  const isNamed = redisUrl !== undefined || documents.length > 0 || flags.sqlitePath.length > 0;
  const url = redisUrl ?? (isNamed || settings.sqlitePath ? undefined : settings.redisUrl);
  refuseMixed(flags, {url, hasDocuments: documents.length > 0, isToFiles});
  if (passwordsIn(redisUrl ?? '').length > 0)
    reporter.warn(
      'others on this host can read a password on the command line: set REDIS_URL instead',
    );
  if (url !== undefined) return {redis: parseRedisUrl(url)};
  return documents.length > 0 ? {documents} : undefined;
};

type Given = {
  readonly url: string | undefined;
  readonly hasDocuments: boolean;
  readonly isToFiles: boolean;
};

const refuseMixed = (
  flags: StoreFlags & OtherFlags,
  {url, hasDocuments, isToFiles}: Given,
): void => {
  const isStore = url !== undefined || hasDocuments;
  const sources = [flags.sqlitePath[0], flags.redisUrl, hasDocuments || undefined].filter(Boolean);
  if (sources.length > 1) throw refused('several sources are named', 'migrate one after the other');
  const isGiven = (value: unknown) =>
    Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  const names = isStore
    ? [
        ...idleWithStore,
        ...(isToFiles || hasDocuments ? (['map'] as const) : []),
        ...(isToFiles ? idleWithFiles : []),
      ]
    : (['backend'] as const);
  const idle = names.filter((name) => isGiven(flags[name])).map((name) => `--${flagName(name)}`);
  if (idle.length > 0)
    throw refused(
      `${idle.join(' and ')} ${idle.length > 1 ? 'do' : 'does'} nothing with ${isStore ? (isToFiles ? 'files' : 'documents or Redis') : 'SQLite'}`,
      'leave it out',
    );
  if (isToFiles && !isStore)
    throw refused('--backend filesystem has nothing to read', 'name --redis-url or --json-path');
};

const refused = (message: string, hint: string) => new OpsError('usage', message, {hint});

/** Errors: as `storeToFiles`. */
export const storeIntoFiles = async (
  context: Context,
  origin: StoreOrigin,
  flags: StoreFlags & {readonly forceRecreate: boolean; readonly dryRun: boolean},
): Promise<{readonly files: StoreFiles; readonly text: string}> => {
  const {storeToFiles} = await import('../lib/tasks/migrate/store-to-files.ts');
  const inProject = (name: string) => resolve(context.settings.project, 'config', name);
  const files = await storeToFiles(context, {
    origin,
    settingsPath: flags.settingsPath ?? inProject('settings.json'),
    statePath: flags.statePath ?? inProject('state.json'),
    isStrict: !flags.noStrict,
    mayReplace: flags.forceRecreate,
    isDryRun: flags.dryRun,
  });
  return {files, text: filesText(files, flags)};
};

const filesText = (
  {source, told, files, replaced, notCarried, copy}: StoreFiles,
  {dryRun}: {readonly dryRun: boolean},
): string =>
  [
    `${source}: ${told}`,
    ...(dryRun
      ? replaced.map((file) => `would put aside: ${file}`)
      : files.map(
          ({path: file, rows}) =>
            `${file}: ${rows} ${rows === 1 ? 'row' : 'rows'}, read back the same`,
        )),
    ...(dryRun ? [] : replaced.map((file) => `put aside: ${file}`)),
    ...notCarried.map(({what, why}) => `not carried: ${what}: ${why}`),
    ...(dryRun ? [] : [`the source is kept as ${copy}`]),
  ]
    .map((line) => printable(line))
    .join('\n');

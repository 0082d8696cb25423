/**
 * Manifest version 1: what a set is, what is in it, and what its rows were in the dump's own
 * snapshot. It is written last: a folder without one is no backup. The format is a promise:
 * fields may be added, none changes its meaning; another version number is refused.
 */
import * as v from 'valibot';
import {OpsError} from './errors.ts';
import {momentOf} from './set-id.ts';

/** In bytes, of the file: 200,000 tables of 30 columns fit. */
export const longestManifest = 200_000_000;

const text = v.pipe(v.string(), v.maxLength(100_000));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const version = v.pipe(text, v.regex(/\d/, 'expected a version'));
const moment = v.pipe(v.string(), v.isoTimestamp());
/** Files of a set that are no part of its content: written, appended or removed later. */
export const ownNames: readonly string[] =
  'manifest.json manifest.json.new proof.jsonl pinned'.split(' ');

const fileName = v.pipe(
  v.string(),
  v.regex(/^(?!\.)[\w.-]+(\/(?!\.)[\w.-]+)?$/, 'expected a name without .. or a leading dot'),
  v.maxLength(200),
  v.check((name) => !ownNames.includes(name), 'expected a file of the set, not one beside it'),
);
const named = {schema: text, name: text};

const table = v.object({
  ...named,
  columns: v.array(text),
  rows: v.nullable(count),
  digest: v.nullable(text),
  /** On the server's disk, with its TOAST table, without indexes; missing in older sets. */
  bytes: v.optional(count),
  /** Why `digest` is null although the set has digests. */
  why: v.optional(text),
  /**
   * Partitions whose rows may change places among them on another server (hash of an enum): they
   * are counted and digested as one, and a plain dump loads them through the table `via`.
   */
  tree: v.optional(v.object({via: v.object(named), partitions: v.array(v.object(named))})),
  /** The WHERE clause under which an extension's configuration table is dumped. */
  condition: v.optional(text),
});

const position = v.object({value: text, isCalled: v.boolean()});

export const manifestSchema = v.object({
  version: v.literal(1),
  id: v.pipe(
    v.string(),
    v.check((id) => momentOf(id) !== undefined, 'expected a moment such as 20261120T031500Z'),
  ),
  /** PostgreSQL's names have 63 bytes at most. */
  database: v.pipe(v.string(), v.minBytes(1), v.maxBytes(63)),
  reason: v.picklist(['scheduled', 'manual', 'before-restore', 'before-migrate', 'before-deploy']),
  startedAt: moment,
  finishedAt: moment,
  server: v.object({
    version,
    systemIdentifier: v.nullable(text),
    encoding: text,
    collation: text,
    /** The role that the cluster was made with: a drill's server is made with the same. */
    superuser: text,
    databaseBytes: count,
  }),
  client: v.object({version}),
  format: v.picklist(['custom', 'directory', 'plain']),
  compression: v.object({kind: v.picklist(['gzip', 'zstd', 'none']), level: count, program: text}),
  files: v.array(
    v.object({
      name: fileName,
      bytes: count,
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    }),
  ),
  tables: v.array(table),
  /** Not transactional: a restored value lies between what was read before and after the dump. */
  sequences: v.array(
    v.object({...named, increment: text, isCycling: v.boolean(), first: position, last: position}),
  ),
  digest: v.object({algorithm: text}),
  extensions: v.array(v.object({name: text, version: text, schema: text})),
  roles: v.array(text),
  app: v.object({
    commit: v.nullable(text),
    images: v.array(text),
    migrationHead: v.nullable(text),
  }),
  skipped: v.array(v.object({what: text, why: text})),
  settings: v.record(v.string(), v.union([text, v.number(), v.boolean(), v.array(text)])),
});

export type Manifest = v.InferOutput<typeof manifestSchema>;
export type TableRecord = Manifest['tables'][number];
export type SequenceRecord = Manifest['sequences'][number];
export type FileRecord = Manifest['files'][number];

/** A manifest as its file holds it. */
export const serialiseManifest = (manifest: Manifest): string =>
  `${JSON.stringify(manifest, null, 2)}\n`;

/**
 * The same, of a set that is about to be shown: one that nobody could read again is none.
 * Errors: toolFailed.
 */
export const readableManifest = (manifest: Manifest): string => {
  const content = serialiseManifest(manifest);
  const bytes = Buffer.byteLength(content);
  if (bytes > longestManifest)
    throw new OpsError(
      'toolFailed',
      `the manifest would have ${bytes} bytes, ${longestManifest} are allowed`,
    );
  try {
    parseManifest(content, 'the new manifest');
    return content;
  } catch (cause) {
    throw new OpsError('toolFailed', 'the manifest of the new set could not be read again', {
      cause,
    });
  }
};

/**
 * Reads and checks a manifest. Errors: notIntact for what is no manifest; usage for one of a
 * newer version, which an older pgkeep must not guess at.
 */
export const parseManifest = (content: string, where: string): Manifest => {
  const json = parseJson(content, where);
  const version =
    typeof json === 'object' && json !== null && 'version' in json ? json.version : undefined;
  if (typeof version === 'number' && version > 1)
    throw new OpsError('usage', `${where} is of version ${version}, this pgkeep reads version 1`, {
      hint: 'use the pgkeep that made it, or a newer one',
    });
  const result = v.safeParse(manifestSchema, json, {abortEarly: true});
  if (result.success && hasUniqueFiles(result.output)) return result.output;
  const fault = result.success
    ? 'a file is listed twice'
    : result.issues
        .map((issue) => `${v.getDotPath(issue) ?? 'manifest'}: ${issue.message}`)
        .join('; ');
  throw new OpsError('notIntact', `${where} is no valid manifest`, {
    hint: 'the set is damaged: use another one, `pgkeep list` shows them',
    cause: new Error(fault),
  });
};

/** The patterns that a set was taken with, as pg_dump reads them. */
export const filtersOf = ({settings}: Manifest) => {
  const patterns = (name: string) => {
    const value = settings[name];
    return Array.isArray(value) ? value : [];
  };
  return {
    schemas: patterns('schema'),
    tables: patterns('table'),
    excludeTables: patterns('excludeTable'),
    excludeTableData: patterns('excludeTableData'),
  };
};

const parseJson = (content: string, where: string): unknown => {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new OpsError('notIntact', `${where} is not JSON`, {
      hint: 'the set is damaged: use another one, `pgkeep list` shows them',
      cause,
    });
  }
};

const hasUniqueFiles = ({files}: Manifest) =>
  new Set(files.map(({name}) => name)).size === files.length;

/** Redis, or documents of JSON, as the one table `json_store`: read once into a file of lines, and only that is loaded. */
import {allKeys, keyTable} from '../../commands/migrate-keys.ts';
import {wishedStatements} from '../../commands/migrate-wishes.ts';
import {sha256Of} from '../../commands/stream.ts';
import {removeFile, withInput} from '../../io/descriptor.ts';
import {lineWriter} from '../../io/line-file.ts';
import {readJsonFile} from '../../io/sources/json-files.ts';
import {keepLines, type Place} from '../../io/sources/kept-lines.ts';
import {type Captured, captureRedis} from '../../io/sources/redis-capture.ts';
import {OpsError} from '../../model/errors.ts';
import type {IncomingTable, NotCarried} from '../../model/migrate/incoming.ts';
import {kindOfFile, parseDocument} from '../../model/migrate/json-document.ts';
import {jsonbText} from '../../model/migrate/jsonb-text.ts';
import {keyDecisions} from '../../model/migrate/key-decisions.ts';
import type {MigrateMap} from '../../model/migrate/migrate-map.ts';
import type {Decision} from '../../model/migrate/plan-text.ts';
import {tallyLine} from '../../model/migrate/redis-tally.ts';
import type {RedisPlace} from '../../model/migrate/redis-url.ts';
import {documentFaults, updatedAtIn} from '../../model/migrate/store-document.ts';
import * as store from '../../model/migrate/store-row.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';
import {sampleLines} from './sample-lines.ts';
import type {Source} from './source.ts';

/** A file that is a document; its kind is its name where none is given. */
export type DocumentFile = {readonly path: string; readonly kind?: string};

export type StoreOrigin =
  | {readonly redis: RedisPlace}
  | {readonly documents: readonly DocumentFile[]};

export type StoreSource = Source & {
  /** The lines, kept. */
  readonly copy: string;
  /** What was read, in a sentence. */
  readonly told: string;
  /** Of columns whose type was found out. */
  readonly decisions: readonly Decision[];
};

export type Opening = {
  readonly run: string;
  /** A document that lacks what its application relies on ends it; else it is a warning. */
  readonly isStrict: boolean;
  /** Redis knows no time of writing: what was filled in when the rows were brought is not compared. */
  readonly isComparing: boolean;
  readonly map: MigrateMap;
};

type Read = {
  readonly label: string;
  readonly told: string;
  readonly rows: number;
  readonly columns: IncomingTable['columns'];
  readonly hasSeveralDatabases: boolean;
  readonly notCarried: readonly NotCarried[];
  readonly faults: readonly string[];
};

/**
 * Read a store. Errors: unavailable, notIntact, usage.
 */
export const openStore = async (
  context: Context,
  origin: StoreOrigin,
  {run, isStrict, isComparing, map}: Opening,
): Promise<StoreSource> => {
  const {backups} = context.settings;
  const {keys = []} = map;
  const isRedis = 'redis' in origin;
  const name = isRedis ? `redis ${origin.redis.label}` : 'json';
  const {path, value: read} = await keepLines({backups, name, run}, (place) =>
    isRedis
      ? readRedis(context, origin.redis, {...place, isComparing})
      : readDocuments(origin.documents, place),
  );
  if (isStrict && read.faults.length > 0) {
    await removeFile(path);
    throw refused(read.faults);
  }
  for (const fault of read.faults) context.reporter.warn(fault);
  const {stdout} = await context.shell.run(sha256Of(path));
  const {label, rows, columns, notCarried, told, hasSeveralDatabases} = read;
  const table: IncomingTable = {
    ...{source: store.storeName, name: store.storeName, columns, rows},
    bytes: rows,
    comparesAsLoaded: true,
    finishes: store.storeFinishes({isRedis, hasSeveralDatabases}),
    ...(keys.length > 0 ? {later: (schema: string) => allKeys(schema, keys)} : {}),
  };
  return {
    ...{label, told, copy: path, sha256: stdout.slice(0, 64), notCarried},
    ...{tables: [table], collations: []},
    after: [...keys.map(keyTable), ...wishedStatements(map)],
    decisions: keys.flatMap(keyDecisions),
    sample: (inner, {columns: own}, places) =>
      sampleLines(inner, path, {columns: own, places, keys: ['kind', 'db'], from: []}),
    withLines: (_context, _which, use) => withInput(path, (input) => use({stages: [], input})),
  };
};

const refused = (faults: readonly string[]) =>
  new OpsError(
    'notIntact',
    `the documents are not what their application relies on: ${faults.join('; ')}`,
    {hint: 'correct them at their source; --no-strict brings them as they are'},
  );

const readRedis = (
  context: Context,
  place: RedisPlace,
  to: Place & Pick<Opening, 'isComparing'>,
): Promise<Read> =>
  inPhase(context, 'reading Redis', async (update) => {
    const nowMilliseconds = to.isComparing ? undefined : context.now.getTime();
    const options = {...to, nowMilliseconds, update};
    const captured = await captureRedis(context.shell, place, options);
    const {tally, facts, databases} = captured;
    const told = tallyLine(tally);
    context.reporter.step(`read from Redis ${facts.version}: ${told}`);
    return {
      label: `Redis at ${place.label}`,
      ...{told, rows: tally.keys, faults: tally.faults},
      columns: to.isComparing ? store.timelessColumns : store.redisColumns,
      hasSeveralDatabases: databases.length > 1,
      notCarried: [...tally.notCarried, ...otherDatabases(captured)],
    };
  });

const otherDatabases = ({facts, databases}: Captured): readonly NotCarried[] =>
  facts.databases
    .filter(({database}) => !databases.includes(database))
    .map(({database, keys}) => ({
      kind: 'database',
      what: `database ${database} with ${keys} keys`,
      why: 'the URL names another one; without a number it means all',
    }));

const readDocuments = async (files: readonly DocumentFile[], to: Place): Promise<Read> => {
  const writer = lineWriter(to.descriptor);
  const faults: string[] = [];
  const kinds = new Map<string, string>();
  for (const {path, kind = kindOfFile(path)} of files) {
    const other = kinds.get(kind);
    if (other !== undefined)
      throw new OpsError('usage', `'${other}' and '${path}' are both of the kind '${kind}'`, {
        hint: 'rename one of the files: its name is its kind',
      });
    kinds.set(kind, path);
    const file = await readJsonFile(path);
    const document = parseDocument(file.bytes, path);
    faults.push(...documentFaults(kind, document));
    const updatedAtMilliseconds = updatedAtIn(document) ?? file.writtenAtMilliseconds;
    writer.write(store.documentLine({kind, data: jsonbText(document), updatedAtMilliseconds}));
  }
  writer.end();
  const said = files.map(({path}) => path).join(', ');
  return {
    ...{label: `the documents ${said}`, told: `${kinds.size} documents`, rows: kinds.size},
    ...{columns: store.documentColumns, hasSeveralDatabases: false, notCarried: [], faults},
  };
};

/** One moment of a database written down: the dump, and beside it what its rows were. */
import * as catalog from '../commands/catalog.ts';
import type {Fingerprint} from '../commands/digest.ts';
import {emptyFolder} from '../io/durable.ts';
import {QueryError} from '../io/session.ts';
import {type Comparable, comparables, holdsRows, type Sequence} from '../model/catalog.ts';
import type {Manifest, SequenceRecord, TableRecord} from '../model/manifest.ts';
import type {Contents} from '../model/toc.ts';
import {attempt} from './attempt.ts';
import type {Context} from './context.ts';
import {digestTables, positionsOf, skippedByNature} from './digests.ts';
import {type DumpPlace, type DumpRequest, dumpGlobals, dumpRows, dumpSchema} from './dump.ts';
import {heldBy, isFiltered, leftOut, picksEverything} from './filters.ts';
import {sizesOf, withSizes} from './sizes.ts';
import {type Snapshot, withSnapshot} from './snapshot.ts';
import {together} from './together.ts';
import {watchGrowth} from './watch.ts';

export type Recorded = Readonly<
  Pick<Manifest, 'tables' | 'sequences' | 'extensions' | 'roles' | 'skipped'>
> & {readonly systemIdentifier: string | null};

export type Recording = {
  readonly place: Omit<DumpPlace, 'snapshot' | 'lockWaitSeconds'>;
  readonly request: DumpRequest & {readonly fingerprint: Fingerprint};
  readonly expectedBytes: number | undefined;
};

/**
 * Fill a folder with the files of a set, all of one snapshot, and give what the manifest says of
 * its content. Errors: locked, unavailable, toolFailed, timedOut.
 */
export const recordMoment = (
  context: Context,
  {place: {server, folder, compressors}, request, expectedBytes}: Recording,
): Promise<Recorded> =>
  withSnapshot(context, {server, workers: workersOf(request)}, async (snapshot) => {
    // Another moment after a table was rewritten: what the first one wrote is of no use.
    await emptyFolder(folder);
    const {name, lockWaitSeconds} = snapshot;
    const place: DumpPlace = {server, folder, compressors, snapshot: name, lockWaitSeconds};
    const before = await positionsOf(snapshot.session, snapshot.sequences);
    const picked = isFiltered(request) ? await dumpSchema(context, place, request) : undefined;
    const tables = tablesOf(snapshot, {picked, isStandby: server.facts.isInRecovery});
    const sizes = await sizesOf(snapshot.session, tables);
    const phase = `dumping ${server.facts.database}`;
    const [, contents, , records] = await together<
      [unknown, Contents, unknown, readonly TableRecord[]]
    >(context, [
      (inner) =>
        watchGrowth(inner, {folder, phase, expectedBytes}, (watched) =>
          dumpRows(watched, place, request),
        ),
      (inner) => (picked ? Promise.resolve(picked) : dumpSchema(inner, place, request)),
      (inner) => dumpGlobals(inner, place, request),
      (inner) =>
        digestTables(inner, server, {
          snapshot,
          tables,
          fingerprint: request.fingerprint,
          sessions: Math.min(workersOf(request), 4),
          withLargeObjects: picksEverything(request),
        }),
    ]);
    const after = await positionsOf(snapshot.session, snapshot.sequences);
    await snapshot.assertUnchanged();
    const all = sequencesOf(snapshot.sequences, {contents, before, after});
    const held = await heldBy(context, {place, request, tables: records, sequences: all});
    const {session} = snapshot;
    const identifier = await attempt<string>(session, catalog.systemIdentifier);
    return {
      tables: withSizes(held.tables, sizes),
      sequences: held.sequences,
      extensions: [...(await session.query<Manifest['extensions'][number]>(catalog.extensions))],
      roles: [...(await session.query<string>(catalog.roles))],
      skipped: [
        ...skippedByNature(snapshot.relations, server.facts),
        ...leftOut(snapshot, contents),
        ...held.skipped,
        ...(picksEverything(request)
          ? []
          : [{what: 'large objects', why: 'left out by --schema or --table'}]),
      ],
      systemIdentifier: identifier instanceof QueryError ? null : (identifier[0] ?? null),
    };
  });

const workersOf = ({format, jobs}: DumpRequest) => (format === 'directory' ? jobs : 1);

const tablesOf = (
  {relations}: Snapshot,
  {picked, isStandby}: {picked: Contents | undefined; isStandby: boolean},
): readonly Comparable[] =>
  comparables(
    relations.filter(
      (relation) =>
        !holdsRows(relation) ||
        (!(relation.isUnlogged && isStandby) &&
          (picked === undefined || relation.condition !== null || picked.tables.has(relation.oid))),
    ),
  );

type Positions = {
  readonly contents: Contents;
  readonly before: ReadonlyMap<number, SequenceRecord['first']>;
  readonly after: ReadonlyMap<number, SequenceRecord['first']>;
};

const sequencesOf = (
  sequences: readonly Sequence[],
  {contents, before, after}: Positions,
): SequenceRecord[] =>
  sequences.flatMap(({oid, schema, name, increment, isCycling}) => {
    const [first, last] = [before.get(oid), after.get(oid)];
    return first && last && contents.sequences.has(oid)
      ? [{schema, name, increment, isCycling, first, last}]
      : [];
  });

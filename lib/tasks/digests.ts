/** Rows and digest of every table, read from the snapshot that the dump reads, beside the dump. */
import {
  type Fingerprint,
  largeObjectDigest,
  largeObjects,
  sequenceValue,
  tableDigest,
} from '../commands/digest.ts';
import {literal} from '../commands/sql.ts';
import {QueryError, type Session} from '../io/session.ts';
import {type Comparable, displayName, type Relation, type Sequence} from '../model/catalog.ts';
import type {SequenceRecord, TableRecord} from '../model/manifest.ts';
import type {Progress} from '../model/report.ts';
import {attempt} from './attempt.ts';
import {type Server, withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {inPhase} from './in-phase.ts';
import {lockTables, type Snapshot} from './snapshot.ts';
import {together} from './together.ts';

/** What is counted: a record without what counting finds. */
type Subject = Pick<TableRecord, 'schema' | 'name' | 'columns' | 'condition' | 'tree'>;

type Counted = {readonly rows: number; readonly digest: string | null};

/** Several sessions of one snapshot take the tables from one queue, the biggest first. */
export const digestTables = async (
  context: Context,
  server: Server,
  {
    snapshot: {name, relations, isLocked, lockWaitSeconds},
    tables,
    fingerprint,
    sessions,
    withLargeObjects,
  }: {
    snapshot: Snapshot;
    tables: readonly Comparable[];
    fingerprint: Fingerprint;
    sessions: number;
    withLargeObjects: boolean;
  },
): Promise<readonly TableRecord[]> => {
  const queue = [...tables];
  const records: TableRecord[] = [];
  const work = (inner: Context, isFirst: boolean, update: Progress['update']) =>
    withServerSession(inner, server, async (session) => {
      await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await session.query(`SET TRANSACTION SNAPSHOT ${literal(name)}`);
      await session.query(`SET LOCAL lock_timeout = '${lockWaitSeconds}s'`);
      // Now, as pg_dump does: later a change may have queued up, behind the moment's own locks.
      if (isLocked) await lockTables(session, relations.filter(isTable));
      for (let table = queue.shift(); table; table = queue.shift()) {
        records.push(await digestOf(session, subjectOf(table), fingerprint));
        update({done: records.length, total: tables.length, unit: 'tables'});
      }
      const objects =
        isFirst && withLargeObjects ? await digestLargeObjects(session, fingerprint) : undefined;
      if (objects) records.push(objects);
    });
  await inPhase(context, 'fingerprinting tables', (update) =>
    together(
      context,
      Array.from(
        {length: sessions},
        (_, index) => (inner: Context) => work(inner, index === 0, update),
      ),
    ),
  );
  return records.toSorted((a, b) => (displayName(a) < displayName(b) ? -1 : 1));
};

/** One table's record; a digest that can't be taken is null with the reason, and the rows still count. */
export const digestOf = async (
  session: Session,
  subject: Subject,
  fingerprint: Fingerprint,
): Promise<TableRecord> => {
  const {schema, name, columns, condition, tree} = subject;
  const record = {
    schema,
    name,
    columns,
    ...(tree ? {tree} : {}),
    ...(condition ? {condition} : {}),
  };
  if (fingerprint === 'none') return {...record, rows: null, digest: null};
  const counted = await counting(session, tableDigest(subject, fingerprint));
  if (!(counted instanceof QueryError)) return {...record, ...counted};
  const rows = await counting(session, tableDigest(subject, 'rows'));
  if (rows instanceof QueryError) throw rows;
  return {...record, ...rows, why: `${counted.message} (SQLSTATE ${counted.state})`};
};

/** The large objects as one more table; undefined where there are none. */
export const digestLargeObjects = async (
  session: Session,
  fingerprint: Fingerprint,
): Promise<TableRecord | undefined> => {
  const record = {...largeObjects, columns: ['oid', 'content']};
  const rows = await counting(session, largeObjectDigest('rows'));
  if (rows instanceof QueryError) throw rows;
  if (rows.rows === 0) return undefined;
  if (fingerprint === 'none') return {...record, rows: null, digest: null};
  const counted = await counting(session, largeObjectDigest(fingerprint));
  if (!(counted instanceof QueryError)) return {...record, ...counted};
  return {...record, ...rows, why: `${counted.message} (SQLSTATE ${counted.state})`};
};

/** What each sequence would give next, by oid. */
export const positionsOf = async (
  session: Session,
  sequences: readonly Sequence[],
): Promise<ReadonlyMap<number, SequenceRecord['first']>> => {
  const positions = new Map<number, SequenceRecord['first']>();
  for (const sequence of sequences) {
    const [position] = await session.query<SequenceRecord['first']>(sequenceValue(sequence));
    if (position) positions.set(sequence.oid, position);
  }
  return positions;
};

const subjectOf = ({schema, name, columns, condition, via, partitions}: Comparable): Subject => ({
  schema,
  name,
  columns: [...columns],
  ...(condition ? {condition} : {}),
  ...(via && partitions ? {tree: {via: nameOf(via), partitions: partitions.map(nameOf)}} : {}),
});

const isTable = ({kind}: Relation) => kind === 'r' || kind === 'p';

const nameOf = ({schema, name}: Relation) => ({schema, name});

const counting = async (session: Session, sql: string): Promise<Counted | QueryError> => {
  const rows = await attempt<Counted>(session, sql);
  if (!(rows instanceof QueryError)) return rows[0] as Counted;
  // Cancelled, the server going down, or a lock not had in time: that says nothing of the rows.
  if (rows.state.startsWith('57') || rows.state === '55P03') throw rows;
  return rows;
};

/** What a set does not hold although the database has it, for its manifest. */
export const skippedByNature = (
  relations: readonly Relation[],
  {isInRecovery}: {isInRecovery: boolean},
): {what: string; why: string}[] =>
  relations.flatMap((relation) => {
    if (relation.kind === 'm')
      return [
        {
          what: `rows of ${displayName(relation)}`,
          why: 'a materialized view: computed again on restore',
        },
      ];
    if (relation.kind === 'f')
      return [
        {
          what: `rows of ${displayName(relation)}`,
          why: 'a foreign table: its rows live on another server',
        },
      ];
    if (relation.isUnlogged && isInRecovery)
      return [
        {what: `rows of ${displayName(relation)}`, why: 'an unlogged table: a standby has none'},
      ];
    return [];
  });

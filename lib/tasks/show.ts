import {byHand} from '../commands/by-hand.ts';
import type {StoredSet} from '../io/store.ts';
import {table} from '../io/table.ts';
import {inBytes, inCount, inTime} from '../model/amounts.ts';
import {displayName} from '../model/catalog.ts';
import {OpsError} from '../model/errors.ts';
import type {Manifest} from '../model/manifest.ts';
import type {Proof} from '../model/proof.ts';
import {printable} from '../model/redact.ts';
import {NotPlainSql} from '../model/sql-script.ts';
import type {Context} from './context.ts';
import {textIn} from './definition.ts';
import {describeSet, inWords} from './describe.ts';
import {findSet} from './find-set.ts';

export type Shown = {
  readonly set: StoredSet;
  /** Shell lines that restore the set without pgkeep. */
  readonly byHand: readonly string[];
  readonly text: string;
};

/** One set in full. Errors: usage for an unknown set; notIntact where it can't be read. */
export const show = async (context: Context, name: string, database?: string): Promise<Shown> => {
  const set = await findSet(context, name, database);
  const lines = await linesFor(context, set);
  const parts = [
    facts(set, context.now),
    files(set.manifest),
    tables(set.manifest),
    list(
      'not in the set',
      set.manifest.skipped.map(({what, why}) => printable(`${what}: ${why}`)),
    ),
    proofs(set.proofs),
    // Typed as it stands: nothing in it is made printable.
    lines.length === 0
      ? "schema.sql.gz of this set can't be read or trusted: there are no lines to restore it by hand"
      : `to restore it by hand, on a server that does not have '${printable(set.manifest.database)}' yet:\n\n${lines.join('\n')}`,
  ];
  return {set, byHand: lines, text: parts.filter((part) => part !== '').join('\n\n')};
};

/** None where the set is too damaged to say; what else there is to show of it is shown. */
const linesFor = async (
  context: Context,
  {folder, manifest}: StoredSet,
): Promise<readonly string[]> => {
  try {
    return byHand(manifest, {folder, schema: await textIn(context, folder, 'schema.sql.gz')});
  } catch (error) {
    if (error instanceof NotPlainSql || (error instanceof OpsError && error.kind === 'notIntact'))
      return [];
    throw error;
  }
};

const facts = (set: StoredSet, now: Date) => {
  const {manifest} = set;
  const words = inWords(describeSet(set, now));
  const {server, client, compression, digest} = manifest;
  const rows = [
    ['set', `${manifest.id}${set.isPinned ? ' (pinned)' : ''}`],
    ['database', manifest.database],
    ['age', words.age],
    ['reason', manifest.reason],
    ['taken', `${manifest.startedAt} to ${manifest.finishedAt}`],
    [
      'server',
      `PostgreSQL ${server.version}, ${server.encoding}, ${server.collation}, system ${server.systemIdentifier ?? 'unknown'}`,
    ],
    ['client', `pg_dump ${client.version}`],
    [
      'format',
      `${manifest.format}, ${compression.kind}${compression.kind === 'none' ? '' : ` level ${compression.level} by ${compression.program}`}`,
    ],
    ['size', `${words.size} of a database of ${inBytes(server.databaseBytes)}`],
    ['digests', digest.algorithm],
    [
      'extensions',
      manifest.extensions.map(({name, version}) => `${name} ${version}`).join(', ') || '-',
    ],
    ['proof', words.proof],
    ['folder', set.folder],
  ];
  return table({head: ['', ''], rows}).trimStart();
};

const files = ({files}: Manifest) =>
  table({
    head: ['file', 'size', 'sha256'],
    rows: files.map(({name, bytes, sha256}) => [name, inBytes(bytes), sha256]),
    right: [1],
  });

const tables = ({tables}: Manifest) =>
  table({
    head: ['table', 'rows', 'digest'],
    rows: tables.map((record) => [
      displayName(record),
      record.rows === null ? '?' : inCount(record.rows),
      record.digest ?? (record.why === undefined ? '-' : `none: ${record.why}`),
    ]),
    right: [1],
  });

const proofs = (proofs: readonly Proof[]) =>
  list(
    'proofs',
    proofs.map(
      ({at, level, verdict, seconds, problems, notes = []}) =>
        `${at}  ${level}  ${verdict} in ${inTime(seconds)}${[...problems, ...notes].map((text) => `\n    ${printable(text)}`).join('')}`,
    ),
  );

const list = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? '' : [`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n');

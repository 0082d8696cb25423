/** The rows and objects of a dump without a manifest into a new, empty database, stopping at the first error. */
import {type Archive, pgRestoreInto} from '../commands/pg-restore.ts';
import {psqlScript} from '../commands/postgres.ts';
import {between, linesBetween} from '../commands/text.ts';
import {withInput, withTextFile} from '../io/descriptor.ts';
import {newSecret} from '../io/dump-file.ts';
import type {Client} from '../io/tools.ts';
import type {Connection} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import {needsOneWorker} from '../model/toc.ts';
import type {Context} from './context.ts';
import {listDump} from './foreign-dump.ts';
import {type ForeignWork, schemasOfExtensions} from './foreign-source.ts';
import {decompressing} from './inside-dump.ts';

export type LoadPlace = {
  readonly connection: Connection;
  readonly client: Client;
  readonly jobs: number;
};

/** Errors: toolFailed; notIntact where psql did not come to the end in a sane state. */
export const loadForeign = (
  context: Context,
  work: ForeignWork,
  place: LoadPlace,
): Promise<unknown> =>
  work.dump.kind === 'plain' ? loadPlain(context, work, place) : loadArchive(context, work, place);

/**
 * Bytes go from process to process. psql is locked by a word of our own before the first line of the dump,
 * and opens by the same word after the last: what comes behind it proves that nothing was left open.
 * https://www.postgresql.org/docs/current/app-psql.html (\restrict)
 */
const loadPlain = async (context: Context, work: ForeignWork, {connection, client}: LoadPlace) => {
  const {dump, section} = work;
  const {shell} = context;
  const [key, end] = [newSecret(), newSecret()];
  let said = '';
  const output = (chunk: Buffer) => {
    said = (said + chunk.toString('latin1')).slice(-100);
  };
  await withTextFile(`${['0', ...leftOut(work)].join('\n')}\n`, (except) =>
    withTextFile(`\\restrict ${key}\n`, (before) =>
      withTextFile(`\n\\unrestrict ${key}\n\\echo ${end}\n`, (after) => {
        const stages = [
          decompressing(shell, dump.compression),
          linesBetween(section.firstLine, section.lastLine, {except}),
          between(before, after),
          psqlScript(connection, client.binaries),
        ];
        return withInput(dump.path, (input) => shell.pipe(stages, {input, output}));
      }),
    ),
  );
  if (said.endsWith(`${end}\n`)) return;
  throw new OpsError('notIntact', 'psql did not come to the end of the dump', {
    hint: 'nothing was changed; use a whole dump whose origin you know',
  });
};

const leftOut = ({scan, section, isTrusted, hasStranger}: ForeignWork): readonly number[] => [
  ...scan.leaveOut,
  ...(isTrusted ? [] : scan.ownership),
  ...(hasStranger
    ? schemasOfExtensions(section).flatMap((name) => section.schemas.get(name) ?? [])
    : []),
];

const loadArchive = async (context: Context, work: ForeignWork, place: LoadPlace) => {
  const {shell} = context;
  const {dump, isTrusted, hasStranger, section} = work;
  const {connection, client} = place;
  const listing = await listDump(context, dump, client);
  const isPlaced = dump.kind === 'directory' || (dump.kind === 'archive' && isUncompressed(work));
  const jobs = isPlaced && !needsOneWorker(listing) ? place.jobs : 1;
  const made = hasStranger ? schemasOfExtensions(section) : [];
  const entries = listing.split('\n').filter((line) => isWanted(line, {made, isTrusted}));
  const say = (archive: Archive, list: string) =>
    pgRestoreInto(connection, client.binaries, {archive, jobs, list, isOurs: isTrusted});
  return withTextFile(entries.join('\n'), (list) => {
    if (dump.kind === 'directory') return shell.run(say({folder: dump.path}, list));
    if (isUncompressed(work)) return shell.run(say({file: dump.path}, list));
    const stages = [decompressing(shell, dump.compression), say('input', list)];
    const mayStopEarly = dump.kind === 'tar';
    return withInput(dump.path, (input) =>
      shell.pipe(stages, {input, output: 'text', mayStopEarly}),
    );
  });
};

const isUncompressed = ({dump}: ForeignWork) => dump.compression === 'none';

/** A new database has its public schema already, and a comment on an extension is its owner's to make. */
const isWanted = (
  line: string,
  {made, isTrusted}: {readonly made: readonly string[]; readonly isTrusted: boolean},
): boolean => {
  const [, kind, name = ''] = /^\d+; \d+ \d+ (SCHEMA|COMMENT) - (.*) \S*$/.exec(line) ?? [];
  if (kind === 'SCHEMA') return name !== 'public' && !made.includes(name);
  return kind !== 'COMMENT' || isTrusted || !name.startsWith('EXTENSION ');
};

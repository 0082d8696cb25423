/** The story of `npm start` where no database is configured: sample data, its backup, the proof. */
import {readFile} from 'node:fs/promises';
import {relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import {$} from 'zx';
import {psqlScript} from '../lib/commands/postgres.ts';
import {type ScratchServer, withScratchServer} from '../lib/io/scratch-server.ts';
import {inTime} from '../lib/model/amounts.ts';
import {OpsError} from '../lib/model/errors.ts';
import type {Context} from '../lib/tasks/context.ts';
import {serverFolder} from './_packages.ts';

type Say = (text: string) => void;

/** The exit code of the first door that fails, else 0. Errors: unavailable where no server can be started. */
export const tour = async (context: Context, say: Say): Promise<number> => {
  const started = performance.now();
  const binaries = serverFolder();
  if (binaries === undefined)
    throw new OpsError('unavailable', 'there is no PostgreSQL server here to show this with');
  say(opening);
  const options = {
    binaries,
    folder: context.settings.scratch,
    superuser: 'postgres',
    signal: context.signal,
  };
  const code = await withScratchServer(context.shell, options, async (server) => {
    await fill(context, {server, binaries});
    return tell(context, {server, say});
  });
  if (code === 0) say(closing(context, performance.now() - started));
  return code;
};

/** Run one verb as the operator would, at this terminal; gives its exit code. */
export const runDoor = async (
  {signal}: Context,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<number> => {
  const program = fileURLToPath(new URL('pgkeep.js', import.meta.url));
  const run = $({env: environment, stdio: 'inherit', nothrow: true, quiet: true, signal});
  const {exitCode} = await run`${process.execPath} ${program} ${words}`;
  signal.throwIfAborted();
  return exitCode ?? 1;
};

const fill = async (
  {shell, signal}: Context,
  {server, binaries}: {server: ScratchServer; binaries: string},
) => {
  const input = await readFile(new URL('_shop.sql', import.meta.url), 'utf8');
  const connection = {libpq: server.libpq, source: 'throw-away server'};
  await shell.run(psqlScript(connection, binaries), {input, signal});
};

/** A line that the operator would type into psql, or the words of a verb. */
type Chapter = {readonly text: string} & (
  | {readonly words: readonly string[]}
  | {readonly sql: string}
);

const chapters: readonly Chapter[] = [
  {
    text: `2. The backup. Every row is counted and fingerprinted in the same snapshot that is dumped, so that
   it is known what a restore has to give back. A backup that fails leaves nothing that looks like one.`,
    words: ['backup'],
  },
  {
    text: `3. The proof. A backup counts when it has been restored: this is the drill. A second throw-away
   server gets the set, and every table, row, sequence, role and grant is compared.`,
    words: ['verify', 'latest', '--database', 'shop', '--level', 'restore'],
  },
  {text: '4. What there is now, and how far each set is proven.', words: ['list']},
  {
    text: `5. One set in full. Its last lines restore it by hand, with PostgreSQL's own programs alone:
   a backup must not need the tool that made it.`,
    words: ['show', 'latest', '--database', 'shop'],
  },
  {
    text: `6. The mishap. Somebody forgets a WHERE, and the orders of all customers are gone.`,
    sql: 'DELETE FROM orders;',
  },
  {
    text: `7. The restore. It says what is at stake, saves what is there now, builds the set beside, compares
   it row by row, and swaps the two by name: nothing is overwritten. (--yes, for nobody can be asked here.)`,
    words: ['restore', '--yes'],
  },
  {
    text: '8. What is there now: the rows are back, and `pgkeep undo` would swap the empty tables in again.',
    words: ['list'],
  },
];

const tell = async (
  context: Context,
  {server, say}: {server: ScratchServer; say: Say},
): Promise<number> => {
  const environment = environmentFor(server);
  for (const chapter of chapters) {
    say(`\n${chapter.text}\n`);
    const code = await act(context, {server, say, environment, chapter});
    if (code !== 0) return code;
  }
  return 0;
};

type Act = {server: ScratchServer; say: Say; environment: NodeJS.ProcessEnv; chapter: Chapter};

const act = async (context: Context, {server, say, environment, chapter}: Act): Promise<number> => {
  if ('words' in chapter) {
    say(`$ pgkeep ${chapter.words.join(' ')}`);
    return runDoor(context, chapter.words, environment);
  }
  say(`$ psql shop -c "${chapter.sql}"`);
  const connection = {libpq: {...server.libpq, PGDATABASE: 'shop'}, source: 'throw-away server'};
  const psql = psqlScript(connection, serverFolder() ?? '');
  await context.shell.run(psql, {input: `${chapter.sql}\n`});
  return 0;
};

/** What the operator's shell has, with the sample database as the one that is configured. */
const environmentFor = ({libpq}: ScratchServer): NodeJS.ProcessEnv => {
  const {PGHOST = '', PGPORT = '', PGUSER = ''} = libpq;
  const url = `postgresql://${PGUSER}@/shop?host=${encodeURIComponent(PGHOST)}&port=${PGPORT}`;
  return {...process.env, DATABASE_URL: url};
};

const opening = `pgkeep keeps PostgreSQL databases: it backs them up and proves that each backup can be restored.
No database is configured here, so this is a tour with sample data.

1. A throw-away PostgreSQL is started: it listens on no port, and is gone when this ends. It gets a
   small shop: 20,000 rows in four tables, with keys, indexes, a view, roles and their rights.`;

const closing = ({settings}: Context, milliseconds: number): string => `
That took ${inTime(milliseconds / 1_000)}. The server is gone; the sets are in ${relative(settings.project, settings.backups)}/shop, and yours to look at:

   npx pgkeep list                        npx pgkeep verify --level restore --database shop
   npx pgkeep show --database shop        npx pgkeep --help

For your own database: put DATABASE_URL=postgresql://user:password@host/name into .env (chmod 600),
and run \`npm start\` again, or \`npx pgkeep backup\`. crontab.example has the line for every night.`;

/** What is said to PostgreSQL's programs, word for word. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type DumpOptions, pgDump, pgDumpGlobals, pgDumpSchema} from '../../lib/commands/pg-dump.ts';
import {pgRestoreInto, pgRestoreList, pgRestoreScript} from '../../lib/commands/pg-restore.ts';
import {pgDumpVersion, pgIsReady, psqlScript, psqlSession} from '../../lib/commands/postgres.ts';
import {type Command, render} from '../../lib/model/command.ts';

const it = suite('sentences to PostgreSQL');

const app = {libpq: {PGHOST: 'db', PGDATABASE: 'app', PGPASSWORD: 'canary'}, source: 'test'};
const there = 'PGHOST=db PGDATABASE=app PGPASSWORD=***';
const link =
  "'--dbname=keepalives=1 keepalives_idle=10 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=20000'";

const none = {schemas: [], tables: [], excludeTables: [], excludeTableData: []};
const dump = (more: Partial<DumpOptions> = {}): DumpOptions => ({
  ...{binaries: '/pg/15', format: 'custom', snapshot: '00000003-0000001B-1', lockWaitSeconds: 60},
  ...{filters: none, isStandby: false},
  ...more,
});
const session = '--no-psqlrc --no-password --no-align --tuples-only --quiet';
const usual = '--no-password --snapshot=00000003-0000001B-1 --lock-wait-timeout=60s';

const sentences: readonly [string, Command, string][] = [
  [
    'a session',
    psqlSession(app, '/pg/15'),
    `${there} PGCLIENTENCODING=UTF8 /pg/15/psql ${session} --set=ON_ERROR_STOP=0 ${link}`,
  ],
  [
    'a script that stops at the first error',
    psqlScript(app, '/pg/15'),
    `${there} /pg/15/psql ${session} --set=ON_ERROR_STOP=1 ${link}`,
  ],
  [
    'whether it is ready',
    pgIsReady(app, '/pg/15'),
    `${there} /pg/15/pg_isready --quiet --timeout=10 ${link}`,
  ],
  [
    'a dump in custom format, which others compress',
    pgDump(app, dump()),
    `${there} /pg/15/pg_dump --format=custom --compress=0 ${usual} ${link}`,
  ],
  [
    'a plain dump',
    pgDump(app, dump({format: 'plain'})),
    `${there} /pg/15/pg_dump --format=plain ${usual} ${link}`,
  ],
  [
    'a dump into a folder, which compresses itself',
    pgDump(app, dump({format: 'directory', folder: '/b/x', jobs: 4, compress: 'zstd:3'})),
    `${there} /pg/15/pg_dump --format=directory --file=/b/x --jobs=4 --compress=zstd:3 ${usual} ${link}`,
  ],
  [
    'a dump of what is there now, on a standby',
    pgDump(app, dump({snapshot: undefined, isStandby: true})),
    `${there} /pg/15/pg_dump --format=custom --compress=0 --no-password --lock-wait-timeout=60s --no-unlogged-table-data ${link}`,
  ],
  [
    'a dump through filters, patterns as they were typed',
    pgDump(
      app,
      dump({
        filters: {
          schemas: ['public', '-x*'],
          tables: ['"Odd; name"'],
          excludeTables: ['a b'],
          excludeTableData: ["log'*"],
        },
      }),
    ),
    String.raw`${there} /pg/15/pg_dump --format=custom --compress=0 ${usual} --schema=public '--schema=-x*' '--table="Odd; name"' '--exclude-table=a b' '--exclude-table-data=log'\''*' ${link}`,
  ],
  [
    'the definition alone',
    pgDumpSchema(app, dump()),
    `${there} /pg/15/pg_dump --format=custom --compress=0 --schema-only ${usual} ${link}`,
  ],
  ['its version', pgDumpVersion('/pg/15'), '/pg/15/pg_dump --version'],
  ['the contents of an archive', pgRestoreList('/pg/15', 'input'), '/pg/15/pg_restore --list'],
  [
    'the contents of a folder',
    pgRestoreList('/pg/15', {folder: '/b/x'}),
    '/pg/15/pg_restore --list --format=directory /b/x',
  ],
  [
    'an archive read to its end',
    pgRestoreScript('/pg/15', 'input', {to: 'nowhere'}),
    '/pg/15/pg_restore --file=/dev/null',
  ],
  [
    'an archive as SQL with its database',
    pgRestoreScript('/pg/15', 'input', {to: 'output', create: true}),
    '/pg/15/pg_restore --file=- --create',
  ],
  [
    'an archive into a database',
    pgRestoreInto(app, '/pg/15', {archive: 'input'}),
    `${there} /pg/15/pg_restore --exit-on-error --no-password ${link}`,
  ],
  [
    'a folder into a database, side by side, by a list',
    pgRestoreInto(app, '/pg/15', {archive: {folder: '/b/x'}, jobs: 4, list: '/tmp/list'}),
    `${there} /pg/15/pg_restore --exit-on-error --no-password --jobs=4 --use-list=/tmp/list ${link} --format=directory /b/x`,
  ],
];

for (const [what, command, expected] of sentences)
  it(`asks for ${what}`, () => assert.is(render(command), expected));

const databases: readonly [string, string][] = [
  ['app', "dbname='app'"],
  ['a=b host=evil', "dbname='a=b host=evil'"],
  ["it's", String.raw`dbname='it\'s'`],
  ['back\\slash', String.raw`dbname='back\\slash'`],
  ['postgres://evil/x', "dbname='postgres://evil/x'"],
  ['größe 🐘\n', "dbname='größe 🐘\n'"],
];

for (const [database, quoted] of databases)
  it(`asks for roles and tablespaces through ${JSON.stringify(database)}`, () => {
    const {args, env} = pgDumpGlobals(app, {binaries: '/pg/15', database, rolePasswords: false});
    assert.equal(args.slice(0, 4), [
      ...['--globals-only', '--no-password', '--no-role-passwords', `--database=${quoted}`],
    ]);
    assert.equal([env['PGDATESTYLE'], env['PGTZ']], ['ISO, YMD', 'UTC']);
  });

it('asks for hashes of passwords only where they are wanted', () => {
  const {args} = pgDumpGlobals(app, {binaries: '/pg/15', database: 'app', rolePasswords: true});
  assert.not(args.includes('--no-role-passwords'));
});

it('never says a secret in an argument, and asks nobody for one', () => {
  for (const [what, {args}] of sentences) assert.not.match(args.join(' '), 'canary', what);
  for (const [what, {args, env}] of sentences)
    if (env['PGPASSWORD'] && !args.includes('--quiet'))
      assert.ok(args.includes('--no-password'), what);
});

it.run();

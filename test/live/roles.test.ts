/** `restore --roles-only`: roles of a set or a cluster dump on another server, and nothing else. */
import {execFile} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {door} from '../support/door.ts';
import {createDatabase, psql, startPostgres, type TestServer} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('restore --roles-only');
const run = promisify(execFile);

const roles = `
  CREATE ROLE readers;
  CREATE ROLE keeper LOGIN CREATEROLE PASSWORD 'secret-of-keeper' VALID UNTIL '2199-01-01';
  CREATE ROLE "Odd ""Boss""" SUPERUSER NOLOGIN;
  CREATE ROLE there LOGIN CONNECTION LIMIT 7;
  ALTER ROLE keeper SET work_mem = '7MB';
  ALTER ROLE keeper SET log_statement = 'all';
  ALTER ROLE there SET work_mem = '9MB';
  COMMENT ON ROLE keeper IS E'keeps\\n\\\\! this; ''all''';
  GRANT readers TO keeper WITH ADMIN OPTION;
  GRANT readers TO there;`;

/** Everything about the roles that are no predefined ones. */
const state = (server: TestServer) =>
  psql(
    server,
    `SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolconnlimit, rolpassword, rolvaliduntil, shobj_description(a.oid, 'pg_authid'),
       (SELECT setconfig FROM pg_db_role_setting WHERE setrole = a.oid AND setdatabase = 0),
       (SELECT string_agg(roleid::regrole || ' ' || admin_option, ',') FROM pg_auth_members WHERE member = a.oid)
     FROM pg_authid a WHERE rolname !~ '^pg_' ORDER BY 1`,
  );

if (has('postgres')) {
  let old: Awaited<ReturnType<typeof startPostgres>>;
  it.before(async () => {
    old = await startPostgres();
    await psql(old, roles);
    await createDatabase(old, 'app', {
      owner: 'keeper',
      sql: 'CREATE TABLE t AS SELECT i FROM generate_series(1, 50) i; ALTER TABLE t OWNER TO keeper; GRANT SELECT ON t TO readers',
    });
  });
  it.after(() => old?.end());

  /** A new server, and a project whose shelf has a set of the old one. */
  const inTrouble = (
    flags: readonly string[],
    use: (at: {
      server: TestServer;
      id: string;
      project: string;
      verb: (name: string, ...words: readonly string[]) => ReturnType<typeof door>;
    }) => Promise<void>,
  ) =>
    withTempFolder(async (project) => {
      const at = (url: string) => ({env: {DATABASE_URL: url}});
      const words = ['--project', project, '--json', ...flags];
      const {manifest} = JSON.parse(ok(await door('backup', words, at(old.url('app')))));
      const server = await startPostgres();
      try {
        const verb = (name: string, ...more: readonly string[]) =>
          door(name, ['--project', project, ...more], at(server.url('app')));
        await use({server, id: manifest.id, project, verb});
      } finally {
        await server.end();
      }
    });

  it('makes what is missing as it was, passwords too where they are recorded, and then the database', () =>
    inTrouble(['--role-passwords'], async ({server, id, verb}) => {
      const flags = ['--roles-only', '--backup', id];
      const before = await state(server);
      const dry = ok(await verb('restore', ...flags, '--dry-run'));
      assert.match(
        dry,
        /^new +keeper; may log in, its password recorded; CREATEROLE; member of readers; sets work_mem, log_statement$/m,
      );
      assert.match(dry, /^note: the role 'Odd "Boss"' is made with SUPERUSER$/m);
      assert.match(dry, /^there +postgres: left as they are$/m);
      assert.match(dry, /no password is recorded for there: give each one/);
      assert.is(await state(server), before);

      const unasked = await verb('restore', ...flags);
      assert.is(unasked.exitCode, 2, unasked.stderr);
      const {made} = JSON.parse(ok(await verb('restore', ...flags, '--yes', '--json')));
      assert.equal(made, ['Odd "Boss"', 'keeper', 'readers', 'there']);
      assert.is(await state(server), await state(old));
      assert.match(
        ok(await verb('restore', ...flags, '--yes')),
        /every role of .* is there: nothing was done/,
      );

      ok(await verb('restore', '--backup', id, '--yes'));
      const owner =
        "SELECT tableowner, (SELECT count(*) FROM t) FROM pg_tables WHERE tablename = 't'";
      assert.is(await psql(server, owner, {database: 'app'}), 'keeper|50');
    }));

  it('changes no role that is there, and names those that lack a password', () =>
    inTrouble([], async ({server, id, verb}) => {
      await psql(server, "CREATE ROLE there NOLOGIN; ALTER ROLE there SET work_mem = '1MB'");
      const there = async () =>
        (await state(server)).split('\n').filter((line) => line.startsWith('there|'));
      const before = await there();
      const said = ok(await verb('restore', '--roles-only', '--backup', id, '--yes'));
      assert.match(said, /made: .*keeper[\s\S]*without a password: keeper/);
      assert.equal(await there(), before);
      const dry = ok(await verb('restore', '--roles-only', '--backup', id, '--dry-run'));
      assert.match(dry, /^new +none: nothing is to be done$/m);
    }));

  it('reads what pg_dumpall wrote, with databases or roles alone, and no dump of one database', () =>
    inTrouble([], async ({server, project, verb}) => {
      const env = {PATH: process.env['PATH'] ?? '', ...old.libpq};
      const written = async (program: string, ...flags: readonly string[]) => {
        const path = join(project, `dump-${flags.length}`);
        const {stdout} = await run(`${old.binaries}/${program}`, [...flags], {env});
        await writeFile(path, stdout);
        return path;
      };
      const none = await verb(
        'restore',
        '--roles-only',
        '--backup-file',
        await written('pg_dump', '-d', 'app'),
      );
      assert.is(none.exitCode, 2, none.stderr);
      assert.match(none.stderr, /is of one database and says nothing of roles/);
      const alone = await written('pg_dumpall', '--globals-only');
      const dry = await verb(
        'restore',
        '--roles-only',
        '--backup-file',
        alone,
        '--dry-run',
        '--json',
      );
      assert.equal(
        JSON.parse(ok(dry)).plan.roles.map(({name}: {name: string}) => name),
        ['Odd "Boss"', 'keeper', 'readers', 'there'],
      );
      const whole = await written('pg_dumpall');
      ok(await verb('restore', '--roles-only', '--backup-file', whole, '--yes'));
      assert.is(await state(server), await state(old));
      const databases = "SELECT count(*) FROM pg_database WHERE datname = 'app'";
      assert.is(await psql(server, databases), '0');
      const lost = await verb('restore', '--backup-file', alone, '--yes');
      assert.is(lost.exitCode, 2, lost.stderr);
      assert.match(lost.stderr, /holds roles and no database[\s\S]*--roles-only/);
    }));

  it('makes all of them or none, and none of a file that says more', () =>
    inTrouble([], async ({server, project, verb}) => {
      await psql(server, 'CREATE ROLE maker LOGIN; CREATE ROLE creator LOGIN CREATEROLE');
      const before = await state(server);
      const path = join(project, 'roles.sql');
      const head = '--\n-- PostgreSQL database cluster dump\n--\n\n';
      const end = '\n--\n-- PostgreSQL database cluster dump complete\n--\n';
      const attempts: readonly [string, number, RegExp, string?][] = [
        ["CREATE ROLE a;\nALTER ROLE a SET no_such_thing TO 'x';\n", 7, /no_such_thing/],
        ['CREATE ROLE a;\nDROP ROLE maker;\n', 4, /not what pg_dumpall writes/],
        [
          'CREATE ROLE a;\nALTER ROLE a WITH SUPERUSER;\n',
          6,
          /'creator' may not make 'a' with SUPERUSER/,
          'creator',
        ],
        [
          "CREATE ROLE a;\nALTER ROLE a SET log_statement TO 'all';\n",
          6,
          /'creator' may not set 'log_statement'/,
          'creator',
        ],
        ['CREATE ROLE a;\n', 6, /'maker' may not create roles/, 'maker'],
      ];
      for (const [text, exit, says, role] of attempts) {
        await writeFile(path, head + text + end);
        const url = server.url('postgres').replace('//postgres@', `//${role ?? 'postgres'}@`);
        const words = ['--project', project, '--roles-only', '--backup-file', path, '--yes'];
        const {exitCode, stderr} = await door('restore', words, {env: {DATABASE_URL: url}});
        assert.is(exitCode, exit, stderr);
        assert.match(stderr, says);
        assert.is(await state(server), before, text);
      }
      await writeFile(
        path,
        `${head}CREATE ROLE a;\nALTER ROLE postgres WITH NOSUPERUSER;\nALTER ROLE maker WITH SUPERUSER;\n`,
      );
      const cut = await verb('restore', '--roles-only', '--backup-file', path, '--yes');
      assert.is(cut.exitCode, 4, cut.stderr);
      await writeFile(
        path,
        `${head}CREATE ROLE a;\nALTER ROLE postgres WITH NOSUPERUSER;\nALTER ROLE maker WITH SUPERUSER;\nGRANT postgres TO maker;\n${end}`,
      );
      ok(await verb('restore', '--roles-only', '--backup-file', path, '--yes'));
      await psql(server, 'DROP ROLE a');
      assert.is(await state(server), before);
    }));
}

it.run();

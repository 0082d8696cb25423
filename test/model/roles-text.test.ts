import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {KnownRole, Restorer} from '../../lib/model/database-facts.ts';
import {makingFaults, powerCautions, withoutPassword} from '../../lib/model/role-making.ts';
import {roleCautions} from '../../lib/model/roles-plan.ts';
import {newRoles, roleStatements, rolesIn, statementsFor} from '../../lib/model/roles-text.ts';
import {definingStatements} from '../../lib/model/sql-script.ts';

const it = suite('roles as text');

const globals = `--
-- PostgreSQL database cluster dump
--
\\restrict abc
SET default_transaction_read_only = off;
CREATE ROLE app;
ALTER ROLE app WITH NOSUPERUSER INHERIT NOCREATEROLE LOGIN NOREPLICATION NOBYPASSRLS CONNECTION LIMIT -1 PASSWORD 'it''s NOSUPERUSER' VALID UNTIL 'infinity';
CREATE ROLE "two words";
ALTER ROLE "two words" WITH SUPERUSER CREATEROLE LOGIN;
COMMENT ON ROLE app IS 'two
lines; of
''it''';
CREATE ROLE there;
ALTER ROLE there WITH NOSUPERUSER LOGIN;
ALTER ROLE app SET work_mem TO '4MB';
ALTER ROLE app SET "app.motto" TO 'x';
ALTER ROLE there SET work_mem TO '4MB';
ALTER ROLE app IN DATABASE other SET work_mem TO '4MB';
CREATE TABLESPACE fast OWNER app LOCATION '/fast';
GRANT CREATE ON TABLESPACE fast TO app;
GRANT SET ON PARAMETER "log_statement" TO app;
GRANT there TO app WITH INHERIT TRUE GRANTED BY postgres;
GRANT app TO "two words" WITH ADMIN OPTION GRANTED BY "two words";
GRANT nobody TO app;
GRANT app TO there;
GRANT there TO postgres;
\\unrestrict abc
`;
const statements = roleStatements(globals);
const missing = ['app', 'two words'];
const present = ['there', 'postgres'];

const made = [
  'CREATE ROLE app;',
  `ALTER ROLE app WITH INHERIT NOCREATEROLE LOGIN CONNECTION LIMIT -1 PASSWORD 'it''s NOSUPERUSER' VALID UNTIL 'infinity';`,
  'CREATE ROLE "two words";',
  'ALTER ROLE "two words" WITH SUPERUSER CREATEROLE LOGIN;',
  `COMMENT ON ROLE app IS 'two\nlines; of\n''it''';`,
  `ALTER ROLE app SET work_mem TO '4MB';`,
  `ALTER ROLE app SET "app.motto" TO 'x';`,
  'GRANT there TO app WITH INHERIT TRUE;',
  'GRANT app TO "two words" WITH ADMIN OPTION;',
];

it('makes missing roles with settings, comments and memberships, and leaves others alone', () => {
  assert.equal(statementsFor(statements, {missing, present, joins: false}), made);
});

it('lets roles that are there become members of new ones only where that is wanted', () => {
  assert.equal(statementsFor(statements, {missing, present, joins: true}), [
    ...made,
    'GRANT app TO there;',
  ]);
});

it('says what each new role may, and who lacks a password', () => {
  assert.equal(rolesIn(statements), ['app', 'two words', 'there']);
  const roles = newRoles(statements, missing);
  assert.equal(roles, [
    {
      ...{name: 'app', powers: [], canLogin: true, hasPassword: true},
      ...{settings: ['work_mem', 'app.motto'], memberOf: ['there', 'nobody']},
    },
    {
      ...{name: 'two words', powers: ['SUPERUSER', 'CREATEROLE'], canLogin: true},
      ...{hasPassword: false, settings: [], memberOf: ['app']},
    },
  ]);
  assert.equal(withoutPassword(roles), ['two words']);
  assert.equal(powerCautions(roles), ["the role 'two words' is made with SUPERUSER, CREATEROLE"]);
  const said = roleCautions(statements, {roles, present});
  assert.match(said.join('\n'), /'there' is there and stays as it is.*: GRANT app TO there/);
  assert.match(said.join('\n'), /a membership in 'nobody' is left out/);
  assert.match(said.join('\n'), /no password is recorded for two words/);
});

const refused: readonly string[] = [
  'CREATE ROLE evil SUPERUSER',
  'CREATE ROLE evil IN ROLE postgres',
  'ALTER ROLE app RENAME TO postgres2',
  'ALTER ROLE app WITH LOGIN IN ROLE x',
  'DROP ROLE app',
  'GRANT postgres TO app, evil',
  'GRANT a, b TO app',
  '\\! touch /tmp/evil',
  'alter role app rename to b',
];
for (const statement of refused)
  it(`refuses what pg_dumpall does not write: ${statement}`, () => {
    assert.throws(() => roleStatements(`CREATE ROLE app;\n${statement};\n`));
    assert.throws(() => roleStatements(`CREATE ROLE app; ${statement};\n`));
  });

for (const written of ["'SECRET'", "E'\\\\SECRET'", '$$SECRET$$', '$a$SECRET$a$', '"SECRET"'])
  it(`shows no password of a statement that it refuses: ${written}`, () => {
    const text = `ALTER ROLE evil WITH PASSWORD ${written} BOGUS`;
    for (const read of [
      () => roleStatements(`CREATE ROLE evil;\n${text};\n`),
      () => definingStatements(text.replace('ALTER', 'CHANGE')),
    ])
      assert.throws(read, (error: unknown) => {
        const {message} = error as Error;
        return /ROLE evil WITH PASSWORD/.test(message) && !message.includes('SECRET');
      });
  });

const known = (name: string, more: Partial<KnownRole> = {}): KnownRole => ({
  ...{name, isSuperuser: false, isMine: false, mayGrant: false, mayAlter: false},
  ...more,
});
const maker: Restorer = {
  ...{role: 'maker', isSuperuser: false, maySignal: false, mayCreateDatabases: true},
  ...{mayCreateRoles: true, powers: ['CREATEROLE'], roles: [known('maker'), known('group')]},
  ...{parameters: ['work_mem'], extensions: [], dataDirectory: null},
};
const role = {
  ...{name: 'r', powers: [], canLogin: true, hasPassword: true},
  ...{settings: ['Work_Mem'], memberOf: ['other']},
};
const faults: readonly (readonly [string, object, object, RegExp | undefined])[] = [
  ['an ordinary role', {}, {}, undefined],
  ['any role as a superuser', {powers: ['SUPERUSER']}, {isSuperuser: true}, undefined],
  ['a superuser', {powers: ['SUPERUSER']}, {}, /may not make 'r' with SUPERUSER/],
  ['what it is not itself, since 16', {powers: ['BYPASSRLS']}, {}, /with BYPASSRLS/],
  ['a parameter for superusers', {settings: ['log_statement']}, {}, /'log_statement' for 'r'/],
  ['a group that it has no say in', {memberOf: ['group']}, {}, /'r' a member of 'group'/],
  [
    'a group that it may give',
    {memberOf: ['group']},
    {roles: [known('group', {mayGrant: true})]},
    undefined,
  ],
  ['any role without CREATEROLE', {}, {mayCreateRoles: false}, /may not create roles/],
];
for (const [title, of, at, says] of faults)
  it(`${says ? 'names' : 'lets pass'}: ${title}`, () => {
    const found = makingFaults([{...role, ...of}], {major: 16, restorer: {...maker, ...at}});
    assert.is(found.length, says ? 1 : 0, JSON.stringify(found));
    if (says) assert.match(found[0]?.what ?? '', says);
  });

it('knows that before 16 CREATEROLE gave BYPASSRLS to nobody, but CREATEDB to all', () => {
  const of = (powers: string[]) => makingFaults([{...role, powers}], {major: 15, restorer: maker});
  assert.is(of(['CREATEDB']).length, 0);
  assert.is(of(['BYPASSRLS']).length, 1);
});

it.run();

import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {DatabaseTraits, Restorer} from '../../lib/model/database-facts.ts';
import {
  missingRoles,
  type RestoreFacts,
  type RestoreSubject,
  restoreFaults,
} from '../../lib/model/restore-faults.ts';

const it = suite('faults of a restore');

const target: DatabaseTraits = {
  ...{oid: 1, name: 'app', owner: 'app', isTemplate: false, allowsConnections: true},
  ...{connectionLimit: -1, encoding: 'UTF8', collation: 'C', characterType: 'C', bytes: 1},
  ...{comment: null, grants: [], settings: [], parameters: []},
};
const role = (name: string, more = {}) => ({
  ...{name, isMine: true, isSuperuser: false, mayGrant: false, mayAlter: true},
  ...more,
});
const restorer: Restorer = {
  ...{role: 'app', isSuperuser: false, maySignal: true, mayCreateDatabases: true},
  ...{mayCreateRoles: false, roles: [role('app'), role('other', {isMine: false, mayAlter: false})]},
  extensions: [
    {name: 'plpgsql', isTrusted: false},
    {name: 'hstore', isTrusted: true},
    {name: 'postgis', isTrusted: false},
  ],
  ...{dataDirectory: null, powers: ['CREATEDB'], parameters: ['work_mem', 'datestyle']},
};
const client = {
  ...{pid: 7, role: 'other', isSuperuser: false, isMine: false},
  ...{application: 'web', address: 'local', state: 'idle'},
};
const facts = (more: Partial<RestoreFacts> = {}): RestoreFacts => ({
  ...{major: 15, target, restorer, clients: [], blockers: [], freeBytes: undefined},
  ...more,
});
const subject = (more: Partial<RestoreSubject> = {}): RestoreSubject => ({
  ...{major: 15, owners: ['app'], mentioned: ['app'], roles: ['app']},
  ...{extensions: ['plpgsql', 'hstore'], hasOtherGrantors: false, bytes: 1_000_000},
  parameters: [],
  ...more,
});
const superuser = {...restorer, role: 'postgres', isSuperuser: true, mayCreateRoles: true};

const rows: readonly {
  title: string;
  of?: Partial<RestoreSubject>;
  at?: Partial<RestoreFacts>;
  says?: RegExp;
  hint?: RegExp;
}[] = [
  {title: 'nothing stands in the way'},
  {title: 'no database is there yet', at: {target: undefined}},
  {title: 'an older set', of: {major: 14}},
  {
    title: 'a database whose rights others than its owner granted',
    of: {hasOtherGrantors: true},
    says: /granted by others than its owner/,
    hint: /as a superuser/,
  },
  {
    title: 'the same as a superuser',
    of: {hasOtherGrantors: true},
    at: {restorer: superuser},
  },
  {
    title: 'a newer set',
    of: {major: 17},
    says: /set is of PostgreSQL 17, the server is 15/,
    hint: /server of 17 to 18/,
  },
  {
    title: 'no right to create databases',
    at: {restorer: {...restorer, mayCreateDatabases: false}},
    says: /'app' may not create databases/,
    hint: /ALTER ROLE app CREATEDB/,
  },
  {
    title: "another's database",
    at: {target: {...target, owner: 'other'}},
    says: /may not rename 'app', which belongs to 'other'/,
    hint: /GRANT other TO app/,
  },
  {
    title: "another's database, as a superuser",
    at: {target: {...target, owner: 'other'}, restorer: superuser},
  },
  {
    title: 'a missing role that objects name',
    of: {mentioned: ['app', 'Gone One']},
    says: /no role 'Gone One', and 'app' may not create roles/,
    hint: /CREATE ROLE "Gone One"/,
  },
  {
    title: 'a missing role that can be made',
    of: {mentioned: ['gone']},
    at: {restorer: {...restorer, mayCreateRoles: true}},
  },
  {title: 'a missing role that nothing names', of: {roles: ['app', 'gone']}},
  {
    title: 'an owner that we are no member of',
    of: {owners: ['app', 'other']},
    says: /belong to 'other', of which 'app' is no member/,
    hint: /GRANT other TO app/,
  },
  {
    title: 'an owner that we are no member of, as a superuser',
    of: {owners: ['other']},
    at: {restorer: superuser},
  },
  {
    title: 'an owner that would be made, of which we would be no member',
    of: {owners: ['gone'], mentioned: ['gone']},
    at: {restorer: {...restorer, mayCreateRoles: true}},
    says: /belong to 'gone', which the server lacks/,
    hint: /--roles-only.*GRANT gone TO app/,
  },
  {title: 'a setting that anybody may make', of: {parameters: [{role: 'app', name: 'DateStyle'}]}},
  {
    title: 'a setting of a parameter for superusers',
    of: {parameters: [{role: null, name: 'log_statement'}]},
    says: /settings of 'log_statement', which the role 'app' may not set/,
    hint: /GRANT SET ON PARAMETER log_statement TO app/,
  },
  {
    title: 'a setting for another role',
    of: {parameters: [{role: 'other', name: 'work_mem'}]},
    says: /settings for 'other', and the role 'app' may not alter that role/,
  },
  {
    title: 'both as a superuser',
    of: {parameters: [{role: 'other', name: 'log_statement'}]},
    at: {restorer: superuser},
  },
  {
    title: 'missing extensions',
    of: {extensions: ['vector', 'cron']},
    says: /lacks the extensions 'vector', 'cron'/,
    hint: /postgresql-15-NAME/,
  },
  {
    title: 'an extension for superusers',
    of: {extensions: ['postgis']},
    says: /only a superuser may create the extension 'postgis'/,
  },
  {
    title: 'an extension for superusers, as one',
    of: {extensions: ['postgis']},
    at: {restorer: superuser},
  },
  {title: "others' sessions with the right to end them", at: {clients: [client]}},
  {
    title: "others' sessions without the right",
    at: {clients: [client], restorer: {...restorer, maySignal: false}},
    says: /may not end the sessions of 'other'/,
    hint: /GRANT pg_signal_backend TO app/,
  },
  {
    title: "a superuser's session",
    at: {clients: [{...client, isSuperuser: true}]},
    says: /may not end the sessions of 'other'/,
  },
  {
    title: "a superuser's session, as one",
    at: {clients: [{...client, isSuperuser: true}], restorer: superuser},
  },
  {
    title: 'our own sessions without any right',
    at: {clients: [{...client, isMine: true}], restorer: {...restorer, maySignal: false}},
  },
  {
    title: 'a prepared transaction',
    at: {blockers: [{kind: 'prepared transaction', name: 'x'}]},
    says: /the prepared transaction 'x'/,
    hint: /ROLLBACK PREPARED/,
  },
  {
    title: 'a slot',
    at: {blockers: [{kind: 'logical replication slot', name: 's'}]},
    says: /the logical replication slot 's'/,
    hint: /drop the logical/,
  },
  {title: 'a template', at: {target: {...target, isTemplate: true}}, says: /'app' is a template/},
  {
    title: 'a closed database',
    at: {target: {...target, allowsConnections: false}},
    says: /allows no connections/,
  },
  {title: 'a disk with room', at: {freeBytes: 1_000_000}},
  {
    title: 'a disk without room',
    at: {freeBytes: 999_999},
    says: /1 MB free, the database beside needs about 1 MB/,
    hint: /prune --databases/,
  },
];

for (const {title, of, at, says, hint} of rows) {
  it(`${says ? 'names' : 'lets pass'}: ${title}`, () => {
    const faults = restoreFaults(subject(of), facts(at));
    assert.is(faults.length, says ? 1 : 0, JSON.stringify(faults));
    if (says) assert.match(faults[0]?.what ?? '', says);
    if (hint) assert.match(faults[0]?.hint ?? '', hint);
  });
}

it('names every fault at once', () => {
  const faults = restoreFaults(subject({major: 17, extensions: ['vector']}), facts({freeBytes: 0}));
  assert.is(faults.length, 3);
});

it('makes the roles that are missing, where the role may', () => {
  const of = subject({roles: ['app', 'gone'], mentioned: ['lost']});
  assert.equal(missingRoles(of, {restorer}), []);
  assert.equal(missingRoles(of, {restorer: superuser}), ['gone', 'lost']);
});

it.run();

/** What would keep a restore from working, known before anything starts. */
import {displayIdentifier} from './catalog.ts';
import type {Blocker, Client, DatabaseTraits, Parameter, Restorer} from './database-facts.ts';
import {extensionFaults, list, roleFaults} from './restore-role-faults.ts';
import {settingFaults} from './restore-setting-faults.ts';
import {supportedMajors} from './version.ts';

export type RestoreSubject = {
  /** Of the server that the set was taken of. */
  readonly major: number;
  readonly owners: readonly string[];
  /** Roles that its definition names: without them it does not load. */
  readonly mentioned: readonly string[];
  readonly roles: readonly string[];
  readonly extensions: readonly string[];
  /** Whether somebody other than the owner granted rights on the database that are to be carried over. */
  readonly hasOtherGrantors: boolean;
  /** What is set for the database, and is to be carried over. */
  readonly parameters: readonly Parameter[];
  /** Room that the built database takes. */
  readonly bytes: number;
};

export type RestoreFacts = {
  readonly major: number;
  readonly target: DatabaseTraits | undefined;
  readonly restorer: Restorer;
  readonly clients: readonly Client[];
  readonly blockers: readonly Blocker[];
  /** Undefined where the server's disk can't be seen from here. */
  readonly freeBytes: number | undefined;
};

/** A fault and what ends it. */
export type Fault = {readonly what: string; readonly hint: string};

/** Every fault at once; none when the restore can begin. */
export const restoreFaults = (subject: RestoreSubject, facts: RestoreFacts): readonly Fault[] => [
  ...versionFaults(subject, facts),
  ...rightFaults(facts),
  ...grantFaults(subject, facts),
  ...settingFaults(subject.parameters, facts.restorer),
  ...roleFaults(subject, facts),
  ...extensionFaults(subject, facts),
  ...clientFaults(facts),
  ...targetFaults(facts),
  ...spaceFaults(subject, facts),
];

/** Roles of the set that the server lacks; they are made where the role may. */
export const missingRoles = (
  {roles, mentioned}: RestoreSubject,
  {restorer}: Pick<RestoreFacts, 'restorer'>,
): readonly string[] => {
  const present = new Set(restorer.roles.map(({name}) => name));
  const missing = [...new Set([...roles, ...mentioned])].filter((role) => !present.has(role));
  return restorer.mayCreateRoles ? missing : [];
};

const versionFaults = ({major}: RestoreSubject, facts: RestoreFacts): readonly Fault[] =>
  major <= facts.major
    ? []
    : [
        {
          what: `the set is of PostgreSQL ${major}, the server is ${facts.major}: what a newer server wrote does not load on an older one`,
          hint: `restore it on a server of ${major} to ${supportedMajors.newest}`,
        },
      ];

const rightFaults = ({restorer, target}: RestoreFacts): readonly Fault[] => {
  const {role, isSuperuser, mayCreateDatabases, roles} = restorer;
  const owner = roles.find(({name}) => name === target?.owner);
  return [
    ...(mayCreateDatabases
      ? []
      : [
          {
            what: `the role '${role}' may not create databases`,
            hint: `as a superuser: ALTER ROLE ${displayIdentifier(role)} CREATEDB`,
          },
        ]),
    ...(target === undefined || isSuperuser || owner?.isMine
      ? []
      : [
          {
            what: `the role '${role}' may not rename '${target.name}', which belongs to '${target.owner}'`,
            hint: `as a superuser: GRANT ${displayIdentifier(target.owner)} TO ${displayIdentifier(role)}, or restore as '${target.owner}'`,
          },
        ]),
  ];
};

const grantFaults = (
  {hasOtherGrantors}: RestoreSubject,
  {restorer: {isSuperuser}}: RestoreFacts,
): readonly Fault[] =>
  isSuperuser || !hasOtherGrantors
    ? []
    : [
        {
          what: 'rights on the database were granted by others than its owner, and only a superuser grants in their name',
          hint: 'restore as a superuser',
        },
      ];

const clientFaults = ({restorer, clients}: RestoreFacts): readonly Fault[] => {
  const mayEnd = (client: Client) =>
    restorer.isSuperuser || (!client.isSuperuser && (client.isMine || restorer.maySignal));
  const others = [...new Set(clients.filter((client) => !mayEnd(client)).map(({role}) => role))];
  if (others.length === 0) return [];
  return [
    {
      what: `the role '${restorer.role}' may not end the sessions of ${list(others)}, and the swap has to`,
      hint: `as a superuser: GRANT pg_signal_backend TO ${displayIdentifier(restorer.role)} (superusers' sessions need a superuser), or stop these clients`,
    },
  ];
};

const targetFaults = ({target, blockers}: RestoreFacts): readonly Fault[] => [
  ...blockers.map(({kind, name}) => ({
    what: `the database has the ${kind} '${name}'`,
    hint:
      kind === 'prepared transaction'
        ? `end it (COMMIT PREPARED or ROLLBACK PREPARED), then run again`
        : `it would stay with the old database: drop the ${kind}, restore, and make it again`,
  })),
  ...(target?.isTemplate
    ? [{what: `'${target.name}' is a template`, hint: 'restore into another name with --into'}]
    : []),
  ...(target && !target.allowsConnections
    ? [
        {
          what: `'${target.name}' allows no connections, so no snapshot of it can be taken`,
          hint: `ALTER DATABASE ${displayIdentifier(target.name)} ALLOW_CONNECTIONS true, or restore with --into`,
        },
      ]
    : []),
];

const spaceFaults = ({bytes}: RestoreSubject, {freeBytes}: RestoreFacts): readonly Fault[] =>
  freeBytes === undefined || freeBytes >= bytes
    ? []
    : [
        {
          what: `the server's disk has ${megabytes(freeBytes)} MB free, the database beside needs about ${megabytes(bytes)} MB`,
          hint: 'free some space: `pgkeep prune --databases` drops what earlier restores kept',
        },
      ];

const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);

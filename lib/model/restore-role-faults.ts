import {displayIdentifier} from './catalog.ts';
import type {Fault, RestoreFacts, RestoreSubject} from './restore-faults.ts';

/** Roles that are missing and can't be made, and owners that the connecting role can't act for. */
export const roleFaults = (
  {owners, mentioned}: RestoreSubject,
  {restorer: {role, roles, isSuperuser, mayCreateRoles}}: RestoreFacts,
): readonly Fault[] => {
  const known = new Map(roles.map((other) => [other.name, other]));
  const missing = mayCreateRoles ? [] : mentioned.filter((name) => !known.has(name));
  const foreign = isSuperuser ? [] : owners.filter((name) => known.get(name)?.isMine === false);
  const strange = isSuperuser || !mayCreateRoles ? [] : owners.filter((name) => !known.has(name));
  return [
    ...(missing.length === 0
      ? []
      : [
          {
            what: `the server has no ${several('role', missing)}, and '${role}' may not create roles`,
            hint: `as a superuser: ${missing.map((name) => `CREATE ROLE ${displayIdentifier(name)}`).join('; ')}`,
          },
        ]),
    ...(foreign.length === 0
      ? []
      : [
          {
            what: `objects in the set belong to ${list(foreign)}, of which '${role}' is no member`,
            hint: `as a superuser: GRANT ${foreign.map(displayIdentifier).join(', ')} TO ${displayIdentifier(role)}`,
          },
        ]),
    ...(strange.length === 0
      ? []
      : [
          {
            what: `objects in the set belong to ${list(strange)}, which the server lacks, and '${role}' would be no member of what it makes`,
            hint: `make them as a superuser (\`pgkeep restore --roles-only\`), then: GRANT ${strange.map(displayIdentifier).join(', ')} TO ${displayIdentifier(role)}`,
          },
        ]),
  ];
};

/** Extensions that the server lacks, or that the role may not create. */
export const extensionFaults = (
  {extensions}: RestoreSubject,
  {major, restorer}: RestoreFacts,
): readonly Fault[] => {
  const known = new Map(restorer.extensions.map(({name, isTrusted}) => [name, isTrusted]));
  const missing = extensions.filter((name) => !known.has(name));
  const untrusted = restorer.isSuperuser
    ? []
    : extensions.filter((name) => name !== 'plpgsql' && known.get(name) === false);
  return [
    ...(missing.length === 0
      ? []
      : [
          {
            what: `the server lacks the ${several('extension', missing)}`,
            hint: `install their packages on the server (Debian: postgresql-${major}-NAME)`,
          },
        ]),
    ...(untrusted.length === 0
      ? []
      : [
          {
            what: `only a superuser may create the ${several('extension', untrusted)}`,
            hint: 'restore as a superuser',
          },
        ]),
  ];
};

/** Names for people, each in quotation marks. */
export const list = (names: readonly string[]): string =>
  names.map((name) => `'${name}'`).join(', ');

const several = (noun: string, names: readonly string[]) =>
  `${noun}${names.length > 1 ? 's' : ''} ${list(names)}`;

/** What new roles may do, what of it the connecting role may not give, and what nobody recorded. */
import {displayIdentifier} from './catalog.ts';
import type {Restorer} from './database-facts.ts';
import type {Fault} from './restore-faults.ts';
import {list} from './restore-role-faults.ts';
import type {NewRole} from './roles-text.ts';

export type MakingFacts = {readonly major: number; readonly restorer: Restorer};

/** Why these roles can't be made, every reason at once. https://www.postgresql.org/docs/current/sql-createrole.html */
export const makingFaults = (
  roles: readonly NewRole[],
  {major, restorer}: MakingFacts,
): readonly Fault[] => {
  if (restorer.isSuperuser || roles.length === 0) return [];
  const {role, mayCreateRoles} = restorer;
  if (!mayCreateRoles)
    return [
      {
        what: `the role '${role}' may not create roles`,
        hint: `as a superuser: ALTER ROLE ${displayIdentifier(role)} CREATEROLE, or restore as a superuser`,
      },
    ];
  return [
    ...roles.flatMap((each) => powerFaults(each, {major, restorer})),
    ...roles.flatMap((each) => parameterFaults(each, restorer)),
    ...roles.flatMap((each) => groupFaults(each, restorer)),
  ];
};

const powerFaults = ({name, powers}: NewRole, {major, restorer}: MakingFacts) => {
  const own = major >= 16 ? restorer.powers : ['CREATEROLE', 'CREATEDB'];
  const refused = powers.filter((power) => power === 'SUPERUSER' || !own.includes(power));
  if (refused.length === 0) return [];
  return [
    {
      what: `the role '${restorer.role}' may not make '${name}' with ${refused.join(', ')}`,
      hint: 'make the roles as a superuser',
    },
  ];
};

const parameterFaults = ({name, settings}: NewRole, {role, parameters}: Restorer) => {
  const known = new Set(parameters);
  const refused = settings.filter((one) => !known.has(one.toLowerCase()));
  if (refused.length === 0) return [];
  return [
    {
      what: `the role '${role}' may not set ${list(refused)} for '${name}'`,
      hint: 'make the roles as a superuser',
    },
  ];
};

const groupFaults = ({name, memberOf}: NewRole, {role, roles}: Restorer) => {
  const refused = memberOf.filter((group) =>
    roles.some((known) => known.name === group && !known.mayGrant),
  );
  if (refused.length === 0) return [];
  return [
    {
      what: `the role '${role}' may not make '${name}' a member of ${list(refused)}`,
      hint: `as a superuser: GRANT ${refused.map(displayIdentifier).join(', ')} TO ${displayIdentifier(role)} WITH ADMIN OPTION, or make the roles as a superuser`,
    },
  ];
};

/** What a new role may do beyond the ordinary, a sentence for each that may. */
export const powerCautions = (roles: readonly NewRole[]): readonly string[] =>
  roles
    .filter(({powers}) => powers.length > 0)
    .map(({name, powers}) => `the role '${name}' is made with ${powers.join(', ')}`);

/** Roles that nobody can log in as by a password until they are given one. */
export const withoutPassword = (roles: readonly NewRole[]): readonly string[] =>
  roles.filter(({canLogin, hasPassword}) => canLogin && !hasPassword).map(({name}) => name);

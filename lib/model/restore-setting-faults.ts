import {displayIdentifier} from './catalog.ts';
import type {Parameter, Restorer} from './database-facts.ts';
import type {Fault} from './restore-faults.ts';
import {list} from './restore-role-faults.ts';

/** Settings that hang on a database and that the connecting role could not hang on the new one. */
export const settingFaults = (
  parameters: readonly Parameter[],
  {role, roles, isSuperuser, parameters: allowed}: Restorer,
): readonly Fault[] => {
  if (isSuperuser) return [];
  const known = new Set(allowed);
  const names = [...new Set(parameters.map(({name}) => name))];
  const refused = names.filter((name) => !known.has(name.toLowerCase()));
  const owners = [...new Set(parameters.flatMap((one) => one.role ?? []))];
  const others = owners.filter((name) =>
    roles.some((other) => other.name === name && !other.mayAlter),
  );
  const grants = refused.map((name) => displayIdentifier(name)).join(', ');
  return [
    ...(refused.length === 0
      ? []
      : [
          {
            what: `the database has settings of ${list(refused)}, which the role '${role}' may not set`,
            hint: `restore as a superuser, or as one since PostgreSQL 15: GRANT SET ON PARAMETER ${grants} TO ${displayIdentifier(role)}`,
          },
        ]),
    ...(others.length === 0
      ? []
      : [
          {
            what: `the database has settings for ${list(others)}, and the role '${role}' may not alter ${others.length > 1 ? 'these roles' : 'that role'}`,
            hint: 'restore as a superuser',
          },
        ]),
  ];
};

/** What `restore --roles-only` would do: roles that are missing are made, those that are there stay as they are. */
import type {Fault} from './restore-faults.ts';
import {powerCautions, withoutPassword} from './role-making.ts';
import {joining, type NewRole, type RoleStatement} from './roles-text.ts';

export type RolesPlan = {
  /** What the roles are read from: a set's id or a file, and when it was taken. */
  readonly from: {readonly id: string; readonly folder: string; readonly takenAt: string};
  readonly server: {
    readonly address: string;
    readonly port: number;
    readonly version: string;
    readonly role: string;
  };
  readonly roles: readonly NewRole[];
  /** Roles of the set that are there already. */
  readonly present: readonly string[];
  /** New roles that nobody can log in as by a password until they are given one. */
  readonly passwordless: readonly string[];
  readonly cautions: readonly string[];
  readonly faults: readonly Fault[];
};

type Chosen = {
  readonly roles: readonly NewRole[];
  readonly present: readonly string[];
};

/** What the operator should know of it, a sentence each. */
export const roleCautions = (
  statements: readonly RoleStatement[],
  {roles, present}: Chosen,
): readonly string[] => {
  const missing = roles.map(({name}) => name);
  const passwordless = withoutPassword(roles);
  const unknown = roles.flatMap(({memberOf}) =>
    memberOf.filter((group) => ![...missing, ...present].includes(group)),
  );
  return [
    ...powerCautions(roles),
    ...joining(statements, {missing, present}).map(
      ({role, group, text}) =>
        `'${role}' is there and stays as it is, no member of '${group}'; where it shall be one: ${text}`,
    ),
    ...[...new Set(unknown)].map(
      (group) => `a membership in '${group}' is left out: there is no such role`,
    ),
    ...(passwordless.length === 0
      ? []
      : [
          `no password is recorded for ${passwordless.join(', ')}: give each one (psql: \\password NAME) before anybody logs in by it`,
        ]),
  ];
};

/** The plan as pairs of a word and what it says. */
export const rolesPlanLines = (plan: RolesPlan): readonly (readonly [string, string])[] => {
  const {from, server, roles, present} = plan;
  return [
    ['roles', `of ${from.id}, taken ${from.takenAt}`],
    [
      'into',
      `${server.address}:${server.port} (PostgreSQL ${server.version}), as '${server.role}'`,
    ],
    ['there', present.length === 0 ? 'none of them' : `${present.join(', ')}: left as they are`],
    ...(roles.length === 0
      ? [['new', 'none: nothing is to be done'] as const]
      : roles.map((role) => ['new', described(role)] as const)),
  ];
};

const described = ({name, powers, canLogin, hasPassword, settings, memberOf}: NewRole): string =>
  [
    name,
    canLogin
      ? `may log in${hasPassword ? ', its password recorded' : ', without a password'}`
      : 'no login',
    ...(powers.length > 0 ? [powers.join(', ')] : []),
    ...(memberOf.length > 0 ? [`member of ${memberOf.join(', ')}`] : []),
    ...(settings.length > 0 ? [`sets ${settings.join(', ')}`] : []),
  ].join('; ');

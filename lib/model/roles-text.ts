/**
 * What `pg_dumpall` says of roles, understood statement by statement. A file may be anybody's: only the
 * forms that pg_dumpall writes are taken, so that nothing is run that the plan did not show.
 * https://github.com/postgres/postgres/blob/REL_18_STABLE/src/bin/pg_dump/pg_dumpall.c (dumpRoles)
 */
import {statementsIn} from './globals-text.ts';
import {excerpt, NotPlainSql, plainStatements} from './sql-script.ts';

export type RoleStatement = {
  readonly text: string;
  /** The role that it is about; of a membership, the one that is given it. */
  readonly role: string;
  readonly kind: 'create' | 'attributes' | 'setting' | 'comment' | 'membership';
  /** The role that is given, of a membership. */
  readonly group?: string;
};

/** A role as it is to be made. */
export type NewRole = {
  readonly name: string;
  /** What it may beyond the ordinary: `SUPERUSER`, `CREATEROLE`, … */
  readonly powers: readonly string[];
  readonly canLogin: boolean;
  readonly hasPassword: boolean;
  /** Names of its own settings. */
  readonly settings: readonly string[];
  readonly memberOf: readonly string[];
};

const word = String.raw`("(?:[^"]|"")+"|[^\s";,()']+)`;
const text = "E?'(?:[^']|'')*'";
const option = 'SUPERUSER|INHERIT|CREATEROLE|CREATEDB|LOGIN|REPLICATION|BYPASSRLS';
const create = new RegExp(`^CREATE ROLE ${word}$`);
const attributes = new RegExp(
  `^ALTER ROLE ${word} WITH(?: (?:NO)?(?:${option})| CONNECTION LIMIT -?\\d+| PASSWORD ${text}| VALID UNTIL ${text})+$`,
);
const setting = new RegExp(`^ALTER ROLE ${word} SET ${word} TO [\\s\\S]+$`);
const comment = new RegExp(`^COMMENT ON ROLE ${word} IS ${text}$`);
const membership = new RegExp(
  `^GRANT ${word} TO ${word}(?: WITH (?:ADMIN|INHERIT|SET) (?:OPTION|TRUE|FALSE)(?:, (?:ADMIN|INHERIT|SET) (?:OPTION|TRUE|FALSE))*)?(?: GRANTED BY ${word})?$`,
);

/**
 * The statements about roles, memberships among them, in their order; what is about tablespaces, databases
 * and parameters is left out. Errors: NotPlainSql for what pg_dumpall does not write.
 */
export const roleStatements = (globals: string): readonly RoleStatement[] =>
  statementsIn(globals)
    .filter((line) => !/^\\(un)?restrict \w+$/.test(line))
    .flatMap(plainStatements)
    .flatMap(understood);

const understood = (statement: string): readonly RoleStatement[] => {
  const [, made] = create.exec(statement) ?? [];
  if (made !== undefined) return [{kind: 'create', role: named(made), text: statement}];
  const [, altered] = attributes.exec(statement) ?? [];
  if (altered !== undefined) return [{kind: 'attributes', role: named(altered), text: statement}];
  const [, told] = comment.exec(statement) ?? [];
  if (told !== undefined) return [{kind: 'comment', role: named(told), text: statement}];
  const [, group, member] = membership.exec(statement) ?? [];
  if (group !== undefined && member !== undefined)
    return [{kind: 'membership', role: named(member), group: named(group), text: statement}];
  if (/^ALTER ROLE ("(?:[^"]|"")+"|\S+) IN DATABASE /.test(statement)) return [];
  const [, set] = setting.exec(statement) ?? [];
  if (set !== undefined) return [{kind: 'setting', role: named(set), text: statement}];
  if (!/^((CREATE|ALTER|DROP|COMMENT ON) ROLE|GRANT (?!.* ON ))/is.test(statement)) return [];
  throw new NotPlainSql(`of roles, what pg_dumpall does not write: ${excerpt(statement)}`);
};

const named = (written: string): string =>
  written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;

const ofSuperusers = / (NOSUPERUSER|NOREPLICATION|NOBYPASSRLS)\b/g;

export type RoleChoice = {
  /** Roles to make. */
  readonly missing: readonly string[];
  /** Roles that are there. */
  readonly present: readonly string[];
  /** Whether roles that are there become members of new ones. */
  readonly joins: boolean;
};

/**
 * The statements that make some roles of a set on a server that lacks them: the roles, their settings,
 * and memberships between them and roles that are there. One that is there is left as it is.
 * A role that is no superuser may not even say NOSUPERUSER: such words, the default, are left out.
 */
export const statementsFor = (
  statements: readonly RoleStatement[],
  {missing, present, joins}: RoleChoice,
): readonly string[] => {
  const [isNew, isThere] = [new Set(missing), new Set([...missing, ...present])];
  return statements
    .filter(({kind, role, group = ''}) =>
      kind === 'membership'
        ? isThere.has(group) &&
          isThere.has(role) &&
          (isNew.has(role) || (joins && isNew.has(group)))
        : isNew.has(role),
    )
    .map(({kind, text: said}) => {
      if (kind === 'attributes') return `${withoutDefaults(said)};`;
      return `${kind === 'membership' ? withoutGrantor(said) : said};`;
    });
};

const withoutDefaults = (said: string): string =>
  said.replace(/ WITH .*?(?= PASSWORD | VALID UNTIL |$)/s, (words) =>
    words.replace(ofSuperusers, ''),
  );

const withoutGrantor = (said: string): string =>
  said.replace(/ GRANTED BY ("(?:[^"]|"")*"|[^\s;]+)$/, '');

/** Memberships in new roles that would go to roles that are there already. */
export const joining = (
  statements: readonly RoleStatement[],
  {missing, present}: Omit<RoleChoice, 'joins'>,
): readonly {readonly role: string; readonly group: string; readonly text: string}[] =>
  statements.flatMap(({kind, role, group = '', text: said}) =>
    kind === 'membership' && missing.includes(group) && present.includes(role)
      ? [{role, group, text: withoutGrantor(said)}]
      : [],
  );

const powers = ['SUPERUSER', 'CREATEROLE', 'CREATEDB', 'REPLICATION', 'BYPASSRLS'];

/** What is to be made, role by role, in the order of the names given. */
export const newRoles = (
  statements: readonly RoleStatement[],
  missing: readonly string[],
): readonly NewRole[] =>
  missing.map((name) => {
    const own = statements.filter(({role}) => role === name);
    const said = own.findLast(({kind}) => kind === 'attributes')?.text ?? '';
    const words = said.replace(/'(?:[^']|'')*'/g, "'").split(' ');
    return {
      name,
      powers: powers.filter((power) => words.includes(power)),
      canLogin: words.includes('LOGIN'),
      hasPassword: words.includes('PASSWORD'),
      settings: own.flatMap((one) => (one.kind === 'setting' ? [nameSet(one.text)] : [])),
      memberOf: own.flatMap(({group}) => (group === undefined ? [] : [group])),
    };
  });

const nameSet = (said: string): string => named(setting.exec(said)?.[2] ?? '');

/** The roles that are made there, in their order. */
export const rolesIn = (statements: readonly RoleStatement[]): readonly string[] => [
  ...new Set(statements.flatMap(({kind, role}) => (kind === 'create' ? [role] : []))),
];

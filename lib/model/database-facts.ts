/** What a server answered about a database that is to be replaced, and about the role that would do it. */

/** What hangs on a database's name: the rows of `databaseTraits`. */
export type DatabaseTraits = {
  readonly oid: number;
  readonly name: string;
  readonly owner: string;
  readonly isTemplate: boolean;
  readonly allowsConnections: boolean;
  readonly connectionLimit: number;
  readonly encoding: string;
  readonly collation: string;
  readonly characterType: string;
  /** Null where the role may not know it. */
  readonly bytes: number | null;
  readonly comment: string | null;
  readonly grants: readonly string[];
  readonly settings: readonly string[];
  /** Which parameters these settings are of. */
  readonly parameters: readonly Parameter[];
};

/** A parameter that is set for a database; for one role in it, or for all. */
export type Parameter = {readonly role: string | null; readonly name: string};

export type Restorer = {
  readonly role: string;
  readonly isSuperuser: boolean;
  /** May end other roles' sessions, superusers' apart. */
  readonly maySignal: boolean;
  readonly mayCreateDatabases: boolean;
  readonly mayCreateRoles: boolean;
  /** Its own attributes beyond the ordinary: `CREATEROLE`, … */
  readonly powers: readonly string[];
  readonly roles: readonly KnownRole[];
  /** Parameters that it may set for others, in small letters. */
  readonly parameters: readonly string[];
  /** What CREATE EXTENSION knows; a trusted one needs no superuser. */
  readonly extensions: readonly {readonly name: string; readonly isTrusted: boolean}[];
  readonly dataDirectory: string | null;
};

export type KnownRole = {
  readonly name: string;
  readonly isSuperuser: boolean;
  /** Whether it may do what that role may, and make it the owner of something. */
  readonly isMine: boolean;
  /** Whether it may make others members. */
  readonly mayGrant: boolean;
  /** Whether it may set parameters for it. */
  readonly mayAlter: boolean;
};

export type Client = {
  readonly pid: number;
  readonly role: string;
  readonly isSuperuser: boolean;
  readonly isMine: boolean;
  readonly application: string;
  readonly address: string;
  readonly state: string;
};

export type Blocker = {readonly kind: string; readonly name: string};

/** The same of a database that is there: a grant is `grantee privilege t|f grantor`. */
export const isGrantedByOthers = ({grants, owner}: DatabaseTraits): boolean =>
  grants.some((grant) => !grant.endsWith(` t ${owner}`) && !grant.endsWith(` f ${owner}`));

/** What differs between what hung on one database's name and on another's, a sentence each. */
export const compareTraits = (before: DatabaseTraits, after: DatabaseTraits): readonly string[] => {
  const shown = (value: unknown) => JSON.stringify(value);
  const keys = ['owner', 'connectionLimit', 'comment', 'grants', 'settings'] as const;
  return keys
    .filter((key) => shown(before[key]) !== shown(after[key]))
    .map((key) => `its ${key} was ${shown(before[key])}, the new one has ${shown(after[key])}`);
};

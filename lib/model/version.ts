/** A PostgreSQL version: `15.18`, `18beta2`, `17.5 (Debian 17.5-1)`. https://www.postgresql.org/support/versioning/ */
export type Version = {readonly major: number; readonly minor: number; readonly text: string};

/** The majors, oldest and newest, that pgkeep works with. */
export const supportedMajors = {oldest: 14, newest: 18} as const;

/** Reads the first version in a text such as `pg_dump (PostgreSQL) 15.18`; undefined where there is none. */
export const parseVersion = (text: string): Version | undefined => {
  const [version, major, minor] = /(\d+)(?:\.(\d+)|(?:beta|rc|devel)\d*)?/.exec(text) ?? [];
  return version === undefined || major === undefined
    ? undefined
    : {major: Number(major), minor: Number(minor ?? 0), text: version};
};

/** Reads `server_version_num`: 150018 is 15.18. */
export const fromVersionNumber = (number: number): Version => {
  const major = Math.trunc(number / 10_000);
  const minor = number % 10_000;
  return {major, minor, text: `${major}.${minor}`};
};

/**
 * The client for a server: of its own major, the newest minor first; else the lowest newer one,
 * whose dumps may not load on the old server; an older one never: it refuses the server.
 */
export const chooseClient = <Client extends {readonly version: Version}>(
  clients: readonly Client[],
  server: Version,
): {readonly client: Client; readonly isNewer: boolean} | undefined => {
  const best = clients
    .filter(({version}) => version.major >= server.major)
    .toSorted((a, b) => a.version.major - b.version.major || b.version.minor - a.version.minor)[0];
  return best && {client: best, isNewer: best.version.major > server.major};
};

/** The first minor of each major that has the fix. */
const advisories = [
  {
    name: 'CVE-2025-8714',
    what: 'a hostile server can put commands for psql into a plain dump',
    fixed: {14: 19, 15: 14, 16: 10, 17: 6},
  },
  {
    name: 'CVE-2026-18408',
    what: 'a hostile plain dump can run commands through psql',
    fixed: {14: 24, 15: 19, 16: 15, 17: 11, 18: 6},
  },
] as const;

/** The advisories that hold for a client: plain dumps of strangers must not be loaded with it. */
export const advisoriesFor = ({major, minor}: Version): readonly {name: string; what: string}[] =>
  advisories.filter(({fixed}) => {
    const first = (fixed as Readonly<Record<number, number>>)[major];
    return first !== undefined && minor < first;
  });

/** What to type where installing is not ours to do. */

export type Host = {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  readonly installer: 'apt-get' | 'dnf' | undefined;
};

/** One line to paste for Debian's package names, in the words of this host's package manager. */
export const installLine = (
  names: readonly string[],
  {platform, isRoot, installer}: Host,
): string => {
  const sudo = isRoot ? '' : 'sudo ';
  if (platform === 'darwin') return `run: brew install ${renamed(names, brewNames)}`;
  if (installer === 'dnf') return `run: ${sudo}dnf install -y ${renamed(names, fedoraNames)}`;
  if (installer === undefined)
    return `install them with this system's package manager: ${renamed(names, fedoraNames)}`;
  const line = `run: ${sudo}apt-get update && ${sudo}apt-get install -y ${names.join(' ')}`;
  return names.includes('postgresql')
    ? `${line} (apt then starts a server on port 5432, unless it was told not to)`
    : line;
};

/** Homebrew and Fedora bundle some of these packages, name some otherwise, and lack some. */
const renamed = (names: readonly string[], table: Readonly<Record<string, string>>): string =>
  [...new Set(names.map((name) => table[name] ?? name))].filter((name) => name !== '').join(' ');

const brewNames = {
  postgresql: 'postgresql@17',
  'postgresql-client': 'postgresql@17',
  isal: 'isa-l',
  sqlite3: 'sqlite',
  'redis-server': 'redis',
  'redis-tools': 'redis',
  faketime: 'libfaketime',
  'util-linux': 'flock',
  strace: '',
  iptables: '',
  iproute2: '',
  e2fsprogs: '',
} as const;

const fedoraNames = {
  postgresql: 'postgresql-server postgresql-contrib',
  'postgresql-client': 'postgresql',
  isal: 'isa-l-tools',
  sqlite3: 'sqlite',
  'redis-server': 'redis',
  'redis-tools': 'redis',
  faketime: 'libfaketime',
  iproute2: 'iproute',
} as const;

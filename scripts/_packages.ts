/** The system packages of `npm start` and `npm test`: the one list. */
import {existsSync, readdirSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {advisoriesFor, parseVersion} from '../lib/model/version.ts';

export type SystemPackage = {
  /** As Debian and Ubuntu call it. */
  readonly name: string;
  /** Whether what it brings is on this host, from whatever source. */
  isHere(): boolean | Promise<boolean>;
};

const program = (name: string, file = name): SystemPackage => ({
  name,
  isHere: () => isOnPath(file),
});

/** What a backup of a server elsewhere needs. */
export const forBackup: readonly SystemPackage[] = [
  {name: 'postgresql-client', isHere: () => clientFolder() !== undefined},
];

/** What the main job needs: a server for the story and for drills, and its client programs. */
export const forStart: readonly SystemPackage[] = [
  {name: 'postgresql', isHere: () => serverFolder() !== undefined},
  ...forBackup,
];

/** What the tests use besides: compressors, other stores, tools that make faults. */
export const forTests = (): readonly SystemPackage[] => [
  ...forStart,
  ...debianFolders().map(patchedClient),
  program('isal', 'igzip'),
  program('pigz'),
  program('zstd'),
  program('sqlite3'),
  program('redis-server'),
  program('redis-tools', 'redis-cli'),
  program('strace'),
  program('pgbouncer'),
  program('faketime'),
  program('iptables'),
  program('iproute2', 'ip'),
  program('e2fsprogs', 'mkfs.ext4'),
  program('util-linux', 'flock'),
];

/**
 * A newer minor where a plain dump can talk Debian's psql into commands: pgkeep loads none by it, and
 * a machine that was made some months ago has such a one.
 */
export const patchedClient = (folder: string): SystemPackage => ({
  name: `postgresql-client-${basename(dirname(folder))}`,
  async isHere() {
    const program = join(folder, 'psql');
    if (!existsSync(program)) return true;
    // Only here: what `npm start` asks of this list needs no zx.
    const {$} = await import('zx');
    const {exitCode, stdout} = await $({quiet: true, nothrow: true})`${program} --version`;
    // One that does not even say its version is mended by a new one too.
    if (exitCode !== 0) return false;
    const version = parseVersion(stdout);
    return version === undefined || advisoriesFor(version).length === 0;
  },
});

/** The folder of the highest PostgreSQL with server and client programs; undefined where there is none. */
export const serverFolder = (): string | undefined =>
  foldersWith(['initdb', 'postgres', 'psql', 'pg_dump'])[0];

const clientFolder = (): string | undefined => foldersWith(['psql', 'pg_dump', 'pg_restore'])[0];

const foldersWith = (programs: readonly string[]): readonly string[] =>
  [process.env['PG_BINDIR'] ?? '', ...debianFolders(), ...brewFolders(), ...pathFolders()].filter(
    (folder) => folder !== '' && programs.every((name) => existsSync(join(folder, name))),
  );

/** Whether a program of this name is on the PATH, or where only root has it on the PATH. */
export const isOnPath = (name: string): boolean =>
  [...pathFolders(), '/usr/sbin', '/sbin'].some((folder) => existsSync(join(folder, name)));

const pathFolders = () => (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');

const debianFolders = () => majorsIn('/usr/lib/postgresql', /^(\d+)$/);
const brewFolders = () =>
  ['/opt/homebrew/opt', '/usr/local/opt'].flatMap((root) => majorsIn(root, /^postgresql@(\d+)$/));

/** The bin folders of the installations below `root`, highest major first. */
const majorsIn = (root: string, pattern: RegExp): readonly string[] =>
  (existsSync(root) ? readdirSync(root) : [])
    .flatMap((name) => {
      const major = pattern.exec(name)?.[1];
      return major === undefined ? [] : {major: Number(major), folder: join(root, name, 'bin')};
    })
    .sort((a, b) => b.major - a.major)
    .map(({folder}) => folder);

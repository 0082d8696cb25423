/**
 * A program to be run, as a value: sentences (`lib/commands`) make it, hands (`lib/io`) run it.
 *
 * Arguments are an array, never a shell string. Secrets ride in `env` and nowhere else: `env` is
 * all that the program gets besides what `baseEnvironment` lets through.
 */
export type Command = {
  /** Absolute path, or a name to be looked up on the PATH. */
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

const secretNames = /PASS|SECRET|TOKEN|KEY$/;

/** A command as an operator may read it: quoted for a POSIX shell, secrets masked. */
export const render = ({file, args, env}: Command): string =>
  [
    ...Object.entries(env).map(
      ([name, value]) => `${name}=${secretNames.test(name) ? '***' : shellWord(value)}`,
    ),
    ...[file, ...args].map(shellWord),
  ].join(' ');

/** One word of a POSIX shell: bare where that is safe, else single-quoted. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** A flag with its value as an operator types it; a value that begins with a dash would be taken for a flag. */
export const flagWord = (flag: string, value: string): string =>
  value.startsWith('-') ? `${flag}=${shellWord(value)}` : `${flag} ${shellWord(value)}`;

/** What takes the last restore of a database back. */
export const undoCommand = (database: string): string =>
  `pgkeep undo ${flagWord('--database', database)}`;

/** Which databases of a server are meant: names, patterns, all, and which not. Pure. */
import {OpsError} from './errors.ts';
import {printable} from './redact.ts';

/** What `pg_database` says of one. */
export type DatabaseFacts = {
  readonly name: string;
  readonly isTemplate: boolean;
  readonly allowsConnections: boolean;
  /** -1: none; -2: invalid, a DROP DATABASE did not come to its end. */
  readonly connectionLimit: number;
};

export type DatabaseChoice = {
  /** `--database`: names, or patterns with `*` (any run of characters) and `?` (one). */
  readonly wanted: readonly string[];
  /** `--all-databases`. */
  readonly isAll: boolean;
  /** `--exclude-database`: names or patterns. */
  readonly excluded: readonly string[];
};

export type Chosen = {
  /** To be backed up, by name. */
  readonly databases: readonly string[];
  /** Meant, but impossible: each an error of its own, so that none is missing without a word. */
  readonly impossible: readonly {readonly name: string; readonly error: OpsError}[];
  /** Never backed up: templates, and what a restore put aside. */
  readonly passedOver: readonly {readonly name: string; readonly why: string}[];
  /** Patterns of `--exclude-database` that match nothing: a typo, perhaps. */
  readonly idleExclusions: readonly string[];
};

/** Whether a text of `--database` can mean more than the one database of that name. */
export const isPattern = (text: string): boolean => /[*?]/.test(text);

/** Whether nothing was said: the connection's own database is meant. */
export const isNoChoice = ({wanted, isAll, excluded}: DatabaseChoice): boolean =>
  !isAll && wanted.length + excluded.length === 0;

/** Whether one database and nothing else is meant, by its name. */
export const onlyName = ({wanted, isAll, excluded}: DatabaseChoice): string | undefined => {
  const [name, ...others] = wanted;
  const isOne = name !== undefined && others.length === 0 && !isPattern(name);
  return isOne && !isAll && excluded.length === 0 ? name : undefined;
};

/**
 * The databases that are meant. A database that has a pattern for its very name is meant by it
 * alone. Errors: usage for a name or pattern that matches nothing, or where nothing is left.
 */
export const chooseDatabases = (
  found: readonly DatabaseFacts[],
  {wanted, isAll, excluded}: DatabaseChoice,
): Chosen => {
  const meant = isAll ? found : found.filter(({name}) => matchesAny(name, wanted, found));
  const left = meant.filter(({name}) => !matchesAny(name, excluded, found));
  const idle = (pattern: string) => !found.some(({name}) => matchesAny(name, [pattern], found));
  const nothing = wanted.filter(idle);
  if (nothing.length > 0) throw noneOf(nothing, found);
  const passedOver = left.flatMap((facts) => {
    const why = reasonToPass(facts);
    return why === undefined ? [] : [{name: facts.name, why}];
  });
  const kept = left.filter((facts) => reasonToPass(facts) === undefined);
  if (kept.length === 0)
    throw new OpsError('usage', 'no database is left to back up', {
      hint: 'templates and databases that a restore put aside are never backed up; `psql -l` lists what is there',
    });
  const judged = kept
    .map(({name, ...facts}) => ({name, error: reasonImpossible({name, ...facts})}))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    databases: judged.filter(({error}) => error === undefined).map(({name}) => name),
    impossible: judged.flatMap(({name, error}) => (error === undefined ? [] : [{name, error}])),
    passedOver,
    idleExclusions: excluded.filter(idle),
  };
};

/** Whether a restore has put this database aside or is building it: `app_before_20261120T031500Z`. */
export const isAside = (name: string): boolean => /_(before|incoming)_\d{8}T\d{6}Z$/.test(name);

const matchesAny = (
  name: string,
  patterns: readonly string[],
  found: readonly DatabaseFacts[],
): boolean =>
  patterns.some((pattern) =>
    found.some((other) => other.name === pattern)
      ? name === pattern
      : expressionOf(pattern).test(name),
  );

const expressionOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[\\^$.+()[\]{}|/-]/g, String.raw`\$&`)
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    'su',
  );

const noneOf = (patterns: readonly string[], found: readonly DatabaseFacts[]): OpsError => {
  const names = found.filter(({isTemplate}) => !isTemplate).map(({name}) => printable(name));
  return new OpsError(
    'usage',
    `no database is called or matches ${patterns.map((pattern) => `'${printable(pattern)}'`).join(', ')}`,
    {hint: `this server has ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}`},
  );
};

const reasonToPass = ({name, isTemplate}: DatabaseFacts): string | undefined => {
  if (isTemplate) return 'a template';
  return isAside(name) ? 'put aside or being built by a restore' : undefined;
};

const reasonImpossible = ({
  name,
  allowsConnections,
  connectionLimit,
}: Omit<DatabaseFacts, 'isTemplate'>): OpsError | undefined => {
  const exclude = 'or leave it out with --exclude-database';
  if (connectionLimit === -2)
    return new OpsError('unavailable', 'it is invalid: a DROP DATABASE did not come to its end', {
      hint: `drop it, ${exclude}`,
    });
  if (!allowsConnections)
    return new OpsError('unavailable', 'it allows no connections', {
      hint: `ALTER DATABASE … ALLOW_CONNECTIONS true, ${exclude}`,
    });
  if (/[\r\n]/.test(name))
    return new OpsError(
      'unavailable',
      'its name holds a line break: no pg_restore could make that database',
      {
        hint: `rename it, ${exclude}`,
      },
    );
  return undefined;
};

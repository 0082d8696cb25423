/**
 * What flags, environment, env file and defaults decide, read once at the door. After it there is
 * no default value, no `process.env` and no doubt left.
 */
import {resolve} from 'node:path';
import type {Compression} from './compression.ts';
import type {Connection} from './connection.ts';
import {type Choice, chooseConnection} from './connection-choice.ts';
import type {DeploySettings} from './deploy-settings.ts';
import {OpsError} from './errors.ts';
import {type Fault, type Given, gather, type Surroundings} from './givens.ts';
import {printable} from './redact.ts';
import type {LogLevel, ToolPlace} from './setting-kinds.ts';
import {type Setting, type SettingName, settingsTable} from './settings-table.ts';
import {configuredSqlite} from './sqlite-path.ts';

/** Everything that flags, environment, env file and defaults decide, parsed once at the door. */
export type Settings = DeploySettings & {
  /** Absolute path of the project folder. */
  readonly project: string;
  /** Absolute path of the env file; undefined where there is none. */
  readonly envFile: string | undefined;
  /** Absolute path of the folder where sets live. */
  readonly backups: string;
  /** Undefined when none is configured: doors that need one refuse with exit 3 before the verb runs. */
  readonly connection: Connection | undefined;
  /** Why there is no connection. */
  readonly missingConnection: Choice['missing'];
  /** Absolute path of the SQLite file that the application has been on, where its settings name one. */
  readonly sqlitePath: string | undefined;
  /** Of a Redis that `migrate` reads; may hold a password. */
  readonly redisUrl: string | undefined;
  readonly tools: ToolPlace;
  readonly databaseService: string;
  /** Undefined: the project folder decides. */
  readonly composeProject: string | undefined;
  readonly connectAttempts: number;
  readonly connectDelaySeconds: number;
  readonly lockWaitSeconds: number;
  readonly stallSeconds: number;
  readonly retentionDays: number;
  /** Each undefined where it is not asked for. `retention-policy.ts` says how they go together. */
  readonly keepOldDays: number;
  readonly keepLast: number | undefined;
  readonly keepHourly: number | undefined;
  readonly keepDaily: number | undefined;
  readonly keepWeekly: number | undefined;
  readonly keepMonthly: number | undefined;
  readonly keepYearly: number | undefined;
  readonly maxTotalBytes: number | undefined;
  readonly compress: Compression;
  readonly format: 'custom' | 'directory' | 'plain';
  readonly jobs: number;
  readonly fingerprint: 'content' | 'sha256' | 'rows' | 'none';
  readonly verify: 'checksum' | 'archive' | 'restore';
  /** Absolute path of the folder of PostgreSQL's programs; undefined: every installed major is looked at. */
  readonly binaries: string | undefined;
  /** Absolute path of the folder for throw-away servers. */
  readonly scratch: string;
  /** Undefined: the run may take as long as it takes. */
  readonly timeoutSeconds: number | undefined;
  readonly logLevel: LogLevel;
  /** Every setting of the table with where its value came from, in the table's order. */
  readonly provenance: readonly Provenance[];
  /** What the operator should know though the work goes on. */
  readonly warnings: readonly string[];
};

export type Provenance = {
  readonly name: SettingName;
  readonly key: string;
  /** As it was written, a path in full; undefined: not set, and no default. */
  readonly value: string | undefined;
  /** `flag --jobs`, `environment`, `.env line 4`, `default`. */
  readonly source: string;
};

export type SettingsInput = Surroundings & {
  /**
   * What was given on the command line, by flag name without dashes; `project` and `database` too;
   * `databases` where several of a server are meant.
   */
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** Absolute; what relative paths of flags start from. Those of settings start from the project. */
  readonly cwd: string;
};

/**
 * All settings, or one error that lists every fault. Pure: files are read by the door and handed in.
 * Errors: settings (exit 3); usage (exit 2) where flags alone are at fault.
 */
export const parseSettings = (input: SettingsInput): Settings => {
  const {flags, cwd} = input;
  const project = projectOf(input);
  const {givens, faults: found, warnings} = gather(input, project);
  const faults = [...found];
  const values: Partial<Record<SettingName, unknown>> = {};
  const provenance: Provenance[] = [];
  for (const [name, setting] of Object.entries(settingsTable) as [SettingName, Setting][]) {
    const given = givenFor(setting, {
      flag: flags[setting.flag ?? ''],
      given: givens.get(setting.key),
    });
    const fallback =
      name === 'scratch' ? input.environment['TMPDIR'] || setting.default : setting.default;
    const text = given?.value ?? fallback;
    const folder = given?.source.startsWith('flag ') ? cwd : project;
    const value = text === undefined ? undefined : setting.kind.parse(text, folder);
    if (value === undefined && given) faults.push(misfit(setting, given));
    values[name] = value;
    const shown = typeof value === 'string' ? value : text;
    provenance.push({name, key: setting.key, value: shown, source: given?.source ?? 'default'});
  }
  const isServerMeant = flags['databases'] !== undefined;
  const choice = chooseConnection(givens, {database: flags['database'], isServerMeant, project});
  faults.push(...emptyFlags(flags), ...choice.faults);
  if (faults.length > 0) throw settingsError(faults);
  return {
    ...(values as Pick<Settings, SettingName>),
    ...(values as Pick<Settings, 'binaries' | 'composeProject'>),
    timeoutSeconds: values.timeoutSeconds as number | undefined,
    project,
    envFile: input.file.text === undefined ? undefined : input.file.path,
    connection: choice.connection,
    missingConnection: choice.missing,
    sqlitePath: configuredSqlite(givens, project),
    redisUrl: givens.get('REDIS_URL')?.value,
    provenance,
    warnings: [...warnings, ...choice.warnings],
  };
};

/** The folder that `.env` and `backups/` are in. */
export const projectOf = ({flags, cwd}: Pick<SettingsInput, 'flags' | 'cwd'>): string =>
  resolve(cwd, flags['project'] ?? '.');

const givenFor = (
  {flag: name}: Setting,
  {flag, given}: {flag: string | undefined; given: Given | undefined},
): Given | undefined => (flag === undefined ? given : {value: flag, source: `flag --${name}`});

const misfit = ({key, flag, kind}: Setting, {value, source}: Given): Fault => ({
  key: source === `flag --${flag}` ? `--${flag}` : key,
  problem: `expected ${kind.expects}, got '${shortened(printable(value))}'`,
  source,
});

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

const emptyFlags = (flags: SettingsInput['flags']): readonly Fault[] =>
  ['project', 'database']
    .filter((flag) => flags[flag] === '')
    .map((flag) => ({key: `--${flag}`, problem: 'is empty', source: `flag --${flag}`}));

const settingsError = (faults: readonly Fault[]): OpsError => {
  const isUsage = faults.every(({source}) => source.startsWith('flag '));
  const lines = faults.map(({key, problem, source}) =>
    isUsage || source === '' ? `- ${key}: ${problem}` : `- ${key}: ${problem} (${source})`,
  );
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  return isUsage
    ? new OpsError('usage', `flags: ${count}\n${lines.join('\n')}`)
    : new OpsError('settings', `settings: ${count}\n${lines.join('\n')}`, {
        hint: 'correct them; `pgkeep settings` shows what is read, and from where',
      });
};

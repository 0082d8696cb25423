/**
 * What a door is: the table of flags of one verb, the verb, and how its result is told. `_main.ts`
 * does everything else that doors have in common.
 */
import type {Connection} from '../lib/model/connection.ts';
import type {Kind} from '../lib/model/setting-kinds.ts';
import {type SettingName, settingsTable} from '../lib/model/settings-table.ts';
import type {Context} from '../lib/tasks/context.ts';

/** One flag; its key in the table is its name in camel case: `keepOldDays` is `--keep-old-days`. */
export type Option = {
  readonly summary: string;
  /** What `--help` calls the value; absent for a switch. */
  readonly value?: string;
  /** What it stands for where it is given without its value. */
  readonly preset?: string;
  /** How the value is read; a text as it stands when absent. */
  readonly kind?: Kind<unknown>;
  /** May be given several times. */
  readonly repeatable?: boolean;
  readonly short?: string;
  /** Keys of the flags that it can't be combined with. */
  readonly conflicts?: readonly string[];
  /** Key of the switch without which it would do nothing: it is refused then. */
  readonly goesWith?: string;
  /** The setting that this flag is: its value is in `context.settings`, not in `flags`. */
  readonly setting?: SettingName;
};
export type OptionTable = Readonly<Record<string, Option>>;

type ValueOf<O extends Option> = O extends {kind: Kind<infer Value>} ? Value : string;
type FlagOf<O extends Option> = O extends {value: string}
  ? O extends {repeatable: true}
    ? readonly ValueOf<O>[]
    : ValueOf<O> | undefined
  : boolean;

/** What the command line gave: a switch is a boolean, the rest a value, undefined, or a list. */
export type Flags<Table extends OptionTable> = {
  readonly [Key in keyof Table as Table[Key] extends {setting: SettingName} ? never : Key]: FlagOf<
    Table[Key]
  >;
};

export type Argument = {
  readonly name: string;
  readonly summary: string;
  /** May be left out. */
  readonly optional?: boolean;
  /** Takes all that is left. */
  readonly variadic?: boolean;
};

type Needs = 'connection' | undefined;

export type Given<Table extends OptionTable, Need extends Needs> = {
  readonly flags: Flags<Table>;
  /** The words that are no flags, in the order of `arguments`. */
  readonly args: readonly string[];
  readonly connection: Need extends 'connection' ? Connection : Connection | undefined;
};

export type Door<
  Table extends OptionTable = OptionTable,
  Result = unknown,
  Need extends Needs = Needs,
> = {
  /** The verb, as in `pgkeep <name>` and `scripts/<name>.ts`. */
  readonly name: string;
  /** One line, lower case, as in the list of verbs. */
  readonly summary: string;
  /** What `--help` says besides. */
  readonly description?: string;
  readonly arguments?: readonly Argument[];
  readonly options: Table;
  /** The env files that are looked for where --env-file names none; `.env` when absent. */
  readonly envFiles?: readonly string[];
  /** Without a configured connection the door refuses (exit 3); it gets `--database`. */
  readonly needs?: Need;
  run(context: Context, given: Given<Table, Need>): Promise<Result>;
  /** The answer on stdout as text; '' for nothing. Left out under --quiet. */
  show(result: Result): string;
  /** The answer under --json; the result itself when absent. */
  json?(result: Result): unknown;
  /** 0 when absent. Errors have their own. */
  exit?(result: Result): number;
};

/** A door of any kind, for those that treat all alike. */
// biome-ignore lint/suspicious/noExplicitAny: a door's result is known to itself alone
export type AnyDoor = Door<any, any, any>;

/** Says nothing and changes nothing: it lets the compiler know the flags of this table. */
export const defineDoor = <
  const Table extends OptionTable,
  Result,
  const Need extends Needs = undefined,
>(
  door: Door<Table, Result, Need>,
): Door<Table, Result, Need> => door;

/** The flag of a setting; its value arrives in `context.settings`. */
export const settingFlag = <const Name extends SettingName>(setting: Name) => {
  const {summary, value = 'VALUE'} = settingsTable[setting];
  return {summary, value, setting} as const;
};

/** For the doors where they do something. */
export const dryRunFlag = {short: 'n', summary: 'show what would be done, and do nothing'} as const;
export const yesFlag = {short: 'y', summary: 'do not ask: the consequences are known'} as const;
export const databaseFlag = {
  value: 'NAME',
  summary: 'the database, instead of the one that the connection names',
} as const;

/** The flags that every door has. */
export const commonOptions = {
  json: {summary: 'the answer as one JSON document'},
  quiet: {short: 'q', summary: 'print warnings and errors only', conflicts: ['verbose']},
  verbose: {short: 'v', summary: 'print every command that runs, and why'},
  timeout: settingFlag('timeoutSeconds'),
  project: {
    value: 'FOLDER',
    summary: 'the folder of .env and backups/; the current one by default',
  },
  envFile: {
    value: 'FILE',
    summary: 'read settings from this file instead of .env (deploy: .env.production)',
  },
} as const satisfies OptionTable;

/** All flags of a door; one that does more with --database has that flag in its own table. */
export const optionsOf = ({options, needs}: AnyDoor): OptionTable => ({
  ...(needs === 'connection' ? {database: databaseFlag} : {}),
  ...options,
  ...commonOptions,
});

/** `keepOldDays` as it is typed: `--keep-old-days`. A setting's flag is in the settings table. */
export const flagName = (key: string, {setting}: Option = {summary: ''}): string =>
  (setting && settingsTable[setting].flag) ??
  key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

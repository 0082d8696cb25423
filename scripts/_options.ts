/** The command line of a door: strict, so that a typo never runs a verb (commander does the reading). */
import {Command, CommanderError, Option as Flag} from 'commander';
import {isPattern} from '../lib/model/database-choice.ts';
import {OpsError} from '../lib/model/errors.ts';
import {printable} from '../lib/model/redact.ts';
import {suggest} from '../lib/model/suggest.ts';
import {type AnyDoor, commonOptions, flagName, type Option, optionsOf} from './_door.ts';
import {afterOptions, optionHelp, version} from './_help.ts';

export type CommandLine = {
  /** Values of the door's flags and of the common ones, by key. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** What settings, `--project` and `--database` were given as, by flag name. */
  readonly settings: Readonly<Record<string, string>>;
  readonly args: readonly string[];
};

const commonGroup = 'Common options:';

/**
 * The flags and arguments in these words, or the text that `--help` or `--version` asks for.
 * Errors: usage (exit 2), with a suggestion where a flag was misspelt.
 */
export const readCommandLine = (door: AnyDoor, words: readonly string[]): CommandLine | string => {
  refuseDashedValues(door, words);
  const program = commandOf(door);
  let text = '';
  program.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    outputError: () => {},
  });
  try {
    program.parse([...words], {from: 'user'});
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return text;
    throw usageError(door, error.message);
  }
  return lineOf(door, program);
};

/** The text of `--help`. */
export const helpOf = (door: AnyDoor): string => {
  let text = '';
  const program = commandOf(door).configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  program.outputHelp();
  return text;
};

const commandOf = (door: AnyDoor): Command => {
  const program = new Command(`pgkeep ${door.name}`)
    .description(`${door.summary}${door.description ? `\n\n${door.description}` : ''}`)
    .exitOverride()
    .configureHelp({helpWidth: 100})
    .addHelpOption(new Flag('-h, --help', 'show this help').helpGroup(commonGroup))
    .addHelpText('after', afterOptions());
  for (const {name, summary, optional, variadic} of door.arguments ?? []) {
    const word = variadic ? `${name}...` : name;
    program.argument(optional ? `[${word}]` : `<${word}>`, summary);
  }
  for (const [key, option] of Object.entries(optionsOf(door)))
    program.addOption(flagOf(key, option));
  program.version(version(), '-V, --version', "show pgkeep's version");
  program.options.at(-1)?.helpGroup(commonGroup);
  return program;
};

const flagOf = (key: string, option: Option): Flag => {
  const {value, preset} = option;
  const word = value && (preset === undefined ? ` <${value}>` : ` [${value}]`);
  const name = `--${flagName(key, option)}${word ?? ''}`;
  const flag = new Flag(option.short ? `-${option.short}, ${name}` : name, optionHelp(option));
  flag.conflicts([...(option.conflicts ?? [])]);
  if (Object.hasOwn(commonOptions, key)) flag.helpGroup(commonGroup);
  // Every value is kept: a flag that is given twice must not silently win over itself.
  if (value) flag.argParser((text, previous: string[] = []) => [...previous, text]);
  if (preset !== undefined) flag.preset(preset);
  return flag;
};

const lineOf = (door: AnyDoor, program: Command): CommandLine => {
  const given = program.opts<Record<string, unknown>>();
  const flags: Record<string, unknown> = {};
  const settings: Record<string, string> = {};
  for (const [key, option] of Object.entries(optionsOf(door))) {
    const name = flagName(key, option);
    refuseIdle(door, {name, option, given});
    if (!option.value) {
      flags[key] = name.startsWith('no-') ? given[positiveOf(key)] === false : given[key] === true;
      continue;
    }
    const texts = (given[attributeOf(name)] ?? []) as readonly string[];
    const [text] = option.repeatable ? [] : onlyValue(door, {name, texts});
    if (text !== undefined) settings[name] = text;
    if (!option.setting) flags[key] = readValues(door, {name, option, texts});
  }
  return {flags, settings: {...settings, ...databaseIn(flags)}, args: program.args};
};

const refuseIdle = (
  door: AnyDoor,
  {name, option, given}: {name: string; option: Option; given: Record<string, unknown>},
): void => {
  const {goesWith} = option;
  if (goesWith === undefined || given[goesWith] === true) return;
  if (given[attributeOf(name)] !== undefined)
    throw usageError(door, `--${name} does nothing without --${flagName(goesWith)}`);
};

/** `--database` where it may be repeated: one is that of the connection, several are a server's. */
const databaseIn = ({database, allDatabases}: Record<string, unknown>): Record<string, string> => {
  const names = Array.isArray(database) ? (database as readonly string[]) : [];
  const [name, ...others] = names;
  if (name !== undefined && others.length === 0 && !isPattern(name)) return {database: name};
  return names.length > 0 || allDatabases === true ? {databases: 'several'} : {};
};

const attributeOf = (name: string): string =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** commander keeps `--no-infer` as `infer: false`. */
const positiveOf = (key: string): string => key.charAt(2).toLowerCase() + key.slice(3);

const onlyValue = (
  door: AnyDoor,
  {name, texts}: {name: string; texts: readonly string[]},
): readonly string[] => {
  const [first, ...others] = texts;
  const other = others.find((text) => text !== first);
  if (other === undefined) return texts;
  throw usageError(door, `--${name} is given twice with different values`);
};

const readValues = (
  door: AnyDoor,
  {name, option, texts}: {name: string; option: Option; texts: readonly string[]},
): unknown => {
  const values = texts.map((text) => {
    if (text === '') throw usageError(door, `--${name}: is empty`);
    const value = option.kind ? option.kind.parse(text, process.cwd()) : text;
    if (value !== undefined) return value;
    throw usageError(door, `--${name}: expected ${option.kind?.expects}, got '${printable(text)}'`);
  });
  return option.repeatable ? values : values[0];
};

/** `--database --json` is a forgotten value far more often than a database of that name. */
const refuseDashedValues = (door: AnyDoor, words: readonly string[]): void => {
  const withValue = Object.entries(optionsOf(door)).flatMap(([key, option]) =>
    option.value && option.preset === undefined ? [`--${flagName(key, option)}`] : [],
  );
  for (let index = 0; index < words.length && words[index] !== '--'; index++) {
    const word = words[index] ?? '';
    if (!withValue.includes(word)) continue;
    index += 1;
    const value = words[index];
    if (value?.startsWith('-')) {
      throw usageError(door, `${word}: expected a value, got '${printable(value)}'`, {
        hint: `where a value begins with a dash, write ${word}=${printable(value)}`,
      });
    }
  }
};

/** commander compares whole names only: the beginning of a long one is recognised here. */
const whichFlag = (door: AnyDoor, what: string): string | undefined => {
  const [, unknown] = /unknown option '(--[^'=]+)/.exec(what) ?? [];
  const known = Object.entries(optionsOf(door)).map(
    ([key, option]) => `--${flagName(key, option)}`,
  );
  const flag = unknown && suggest(unknown, known);
  return flag && `did you mean ${flag}?`;
};

const usageError = (door: AnyDoor, message: string, {hint}: {hint?: string} = {}): OpsError => {
  const [what = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const meant = suggestion?.replace(/[()]/g, '').toLowerCase() ?? whichFlag(door, what);
  return new OpsError('usage', printable(what).replace(/\.$/, ''), {
    hint: hint ?? meant ?? `\`pgkeep ${door.name} --help\` lists what it takes`,
  });
};

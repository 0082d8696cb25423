/**
 * The reference in README.md and .env.example, made from the tables that the program itself uses:
 * `npm run reference` rewrites them, `test/house.test.ts` compares them.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {connectionTable} from '../lib/model/connection-table.ts';
import {exitCodes} from '../lib/model/errors.ts';
import {type Setting, settingsTable} from '../lib/model/settings-table.ts';
import {
  type AnyDoor,
  type Argument,
  commonOptions,
  flagName,
  type Option,
  optionsOf,
} from './_door.ts';
import {optionHelp} from './_help.ts';
import {isProgram} from './_main.ts';
import {doorOf} from './_pgkeep.ts';
import {verbs} from './_verbs.ts';

const readme = new URL('../README.md', import.meta.url);
const envExample = new URL('../.env.example', import.meta.url);
const markers = ['verbs', 'settings', 'exit-codes'] as const;
type Marker = (typeof markers)[number];

/** README.md as it should be; what stands outside the markers is not touched. */
export const readmeWithReference = async (text: string): Promise<string> => {
  const parts: Record<Marker, string> = {
    verbs: (await Promise.all(Object.keys(verbs).map(doorOf))).map(verbPart).join('\n\n'),
    settings: settingsPart(),
    'exit-codes': exitCodesPart(),
  };
  return markers.reduce((whole, name) => replaced(whole, name, parts[name]), text);
};

/** README.md where there is none yet: markers alone. */
export const emptyReadme = `# pgkeep\n\n${markers
  .map((name) => `<!-- ${name}:begin -->\n<!-- ${name}:end -->`)
  .join('\n\n')}\n`;

/** .env.example: every setting with its default, all of them commented out. */
export const envExampleText = (): string => {
  const connection = connectionTable.map(
    ({key, summary, example}) => `# ${summary}\n# ${key}=${example}`,
  );
  const settings = Object.values<Setting>(settingsTable).map(
    ({key, summary, default: fallback, example}) =>
      `# ${summary}${fallback === undefined ? '' : ` (${fallback} by default)`}\n# ${key}=${example}`,
  );
  return `# Copy to .env, mode 0600. Made by \`npm run reference\`; \`pgkeep settings\` shows what is read.
# Secrets can stand in files: DATABASE_URL_FILE=/run/secrets/url. Put values with a # in quotes.

# --- The connection: one URL, or DB_*, or libpq's own PG* variables

${connection.join('\n\n')}

# --- Everything else

${settings.join('\n\n')}
`;
};

const replaced = (text: string, name: Marker, part: string): string => {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) return text;
  return `${text.slice(0, from + begin.length)}\n${part}\n${text.slice(to)}`;
};

const verbPart = (door: AnyDoor): string => {
  const words = (door.arguments ?? []).map(argumentWord).join(' ');
  const own = Object.entries(optionsOf(door)).filter(([key]) => !Object.hasOwn(commonOptions, key));
  return [
    `### \`pgkeep ${[door.name, words].filter((word: string) => word !== '').join(' ')}\``,
    '',
    `${capitalised(door.summary)}.${door.description ? ` ${door.description}` : ''}`,
    ...(own.length > 0 ? ['', tableOf(['flag', 'what it does'], own.map(flagRow))] : []),
  ].join('\n');
};

const argumentWord = ({name, optional, variadic}: Argument): string => {
  const word = variadic ? `${name}...` : name;
  return optional ? `[${word}]` : `<${word}>`;
};

const flagRow = ([key, option]: [string, Option]): readonly string[] => {
  const {value, preset} = option;
  const word = value && (preset === undefined ? ` ${value}` : ` [${value}]`);
  const name = `--${flagName(key, option)}${word ?? ''}`;
  return [`\`${option.short ? `-${option.short}, ${name}` : name}\``, optionHelp(option)];
};

const settingsPart = (): string => {
  const connection = connectionTable.map(({key, summary, isSecret, example}) => [
    `\`${key}\``,
    `${summary}${isSecret ? `; or the file that \`${key}_FILE\` names` : ''}`,
    `\`${example}\``,
  ]);
  const settings = Object.values<Setting>(settingsTable).map(
    ({key, flag, summary, kind, default: fallback}) => [
      `\`${key}\``,
      `${summary}: ${kind.expects}`,
      fallback === undefined ? '' : `\`${fallback}\``,
      flag === undefined ? '' : `\`--${flag}\``,
    ],
  );
  return [
    tableOf(['connection', 'what it is', 'example'], connection),
    '',
    tableOf(['setting', 'what it is', 'default', 'flag'], settings),
    '',
    `Every verb takes ${Object.entries<Option>(commonOptions)
      .map(([key, option]) => `\`--${flagName(key, option)}\``)
      .join(', ')}, \`--version\` and \`--help\`.`,
  ].join('\n');
};

const exitCodesPart = (): string =>
  tableOf(
    ['code', 'meaning'],
    Object.values(exitCodes).map(({exit, meaning}) => [String(exit), meaning]),
  );

const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const readIfThere = (file: URL, otherwise: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
};

if (isProgram(import.meta.url)) {
  writeFileSync(readme, await readmeWithReference(readIfThere(readme, emptyReadme)));
  writeFileSync(envExample, envExampleText());
}

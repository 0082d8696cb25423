/** What `--help` says beyond the flags: settings, defaults, exit codes. */
import {readFileSync} from 'node:fs';
import {exitCodes} from '../lib/model/errors.ts';
import {settingsTable} from '../lib/model/settings-table.ts';
import type {Option} from './_door.ts';

/** The summary of a flag with its setting's name and default: `… (PGKEEP_JOBS; 1 by default)`. */
export const optionHelp = ({summary, setting, repeatable}: Option): string => {
  const facts: string[] = [];
  if (setting) {
    const {key, default: fallback} = settingsTable[setting];
    facts.push(key);
    if (fallback !== undefined) facts.push(`${fallback} by default`);
  }
  if (repeatable) facts.push('may be repeated');
  return facts.length > 0 ? `${summary} (${facts.join('; ')})` : summary;
};

/** What stands below the flags. */
export const afterOptions = (): string => `
Settings come from flags, else the environment, else the env file, else the defaults;
\`pgkeep settings\` shows each with its origin.

Exit codes:
${exitTable()}`;

/** The exit codes, one a line. */
export const exitTable = (): string =>
  Object.values(exitCodes)
    .map(({exit, meaning}) => `  ${String(exit).padStart(3)}  ${meaning}`)
    .join('\n');

/** The version of the package that this file belongs to. */
export const version = (): string =>
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;

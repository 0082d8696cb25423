/** `pgkeep <verb> [flags]`: finds the door of a verb. */
import {OpsError} from '../lib/model/errors.ts';
import {suggest} from '../lib/model/suggest.ts';
import type {AnyDoor} from './_door.ts';
import {exitTable, version} from './_help.ts';
import {main} from './_main.ts';
import {openDesk, tellError} from './_tell.ts';
import {verbs} from './_verbs.ts';

/** Sets `process.exitCode`. */
export const pgkeep = async ([verb, ...words]: readonly string[]): Promise<void> => {
  const desk = openDesk({
    stdout: process.stdout,
    stderr: process.stderr,
    words: verb === undefined ? [] : [verb, ...words],
  });
  if (verb === '--help' || verb === '-h' || (verb === 'help' && words.length === 0)) {
    return desk.answer(overview());
  }
  if (verb === '--version' || verb === '-V') return desk.answer(version());
  if (verb === 'help') return pgkeep([...words.slice(0, 1), '--help']);
  if (verb !== undefined && Object.hasOwn(verbs, verb)) return main(await doorOf(verb), {words});
  process.exitCode = tellError(desk, refusal(verb));
};

/** The door of a verb of the list. */
export const doorOf = async (verb: string): Promise<AnyDoor> => (await import(`./${verb}.ts`)).door;

const refusal = (verb: string | undefined): OpsError => {
  const hint = '`pgkeep --help` lists the verbs';
  if (verb === undefined)
    return new OpsError('usage', 'what shall be done? the verb is missing', {hint});
  if (verb.startsWith('-')) return new OpsError('usage', `the verb comes before '${verb}'`, {hint});
  const meant = suggest(verb, Object.keys(verbs));
  return new OpsError('usage', `unknown verb '${verb}'`, {
    hint: meant === undefined ? hint : `did you mean ${meant}?`,
  });
};

const overview = (): string => {
  const width = Math.max(...Object.keys(verbs).map((verb) => verb.length));
  const lines = Object.entries(verbs).map(
    ([verb, summary]) => `  ${verb.padEnd(width)}  ${summary}`,
  );
  return `pgkeep ${version()}: PostgreSQL operations for small teams

Usage: pgkeep <verb> [flags]

Verbs (\`pgkeep <verb> --help\` says more):
${lines.join('\n')}

Exit codes:
${exitTable()}`;
};

/** Asking before danger: at a terminal for the name of what is at stake, elsewhere for --yes. */
import {createInterface} from 'node:readline';
import {OpsError} from '../lib/model/errors.ts';
import {printable} from '../lib/model/redact.ts';

/**
 * Returns where the operator means it: typed the word that names what is at stake.
 * Errors: usage (exit 2) where not; then nothing was touched.
 */
export const confirmByName = async (
  name: string,
  {isSure, what, word = 'the name of the database'}: {isSure: boolean; what: string; word?: string},
): Promise<void> => {
  if (isSure) return;
  refuseUnasked({isSure, what});
  const answer = await ask(`type ${word} to go on (${printable(name)}): `);
  if (answer === name) return;
  throw new OpsError('usage', 'not confirmed: nothing was touched');
};

/** The same before a plan is made: nobody reads it, and it may take minutes. Errors: usage. */
export const refuseUnasked = ({isSure, what}: {isSure: boolean; what: string}): void => {
  if (isSure || isTerminal()) return;
  throw new OpsError(
    'usage',
    `${what} needs --yes where nobody can be asked: nothing was touched`,
    {hint: 'read the plan with --dry-run first'},
  );
};

/** A yes or no in the middle of the work; --yes is a yes, and where nobody can be asked it is what was said. */
export const confirmOn = async (
  question: string,
  {isSure}: {readonly isSure: boolean},
): Promise<boolean> => isSure || !isTerminal() || /^y(es)?$/i.test(await ask(`${question} [y/N] `));

const isTerminal = () => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Ctrl-C and Ctrl-D close the question: that is no yes. */
const ask = (query: string): Promise<string> =>
  new Promise((resolve) => {
    const terminal = createInterface({input: process.stdin, output: process.stderr});
    terminal.once('close', () => resolve(''));
    terminal.question(query, (answer) => {
      resolve(answer.trim());
      terminal.close();
    });
  });

import {createToolbox} from '../../io/toolbox.ts';
import type {Context} from '../context.ts';

/**
 * The same hands for clearing up and for telling the truth after an end from outside: ended by their own
 * time alone. What they started is ended with them.
 */
export const apartFrom = async <Value>(
  context: Context,
  seconds: number,
  work: (calm: Context) => Promise<Value>,
): Promise<Value> => {
  const signal = AbortSignal.timeout(seconds * 1_000);
  const shell = context.shell.apart(signal);
  const tools = createToolbox(shell, context.settings);
  return work({...context, signal, shell, tools}).finally(() => tools.end());
};

import type {Context} from './context.ts';

/**
 * Do several things side by side. The first failure ends the others; it is thrown when all have
 * ended, so nothing is left running behind an error.
 */
export const together = async <Results extends readonly unknown[]>(
  context: Context,
  jobs: {readonly [Index in keyof Results]: (context: Context) => Promise<Results[Index]>},
): Promise<Results> => {
  const stop = new AbortController();
  const shell = context.shell.under(stop.signal);
  const inner: Context = {...context, shell, signal: shell.signal};
  const failures: unknown[] = [];
  const results = await Promise.all(
    jobs.map(async (job) => {
      try {
        return await job(inner);
      } catch (error) {
        failures.push(error);
        stop.abort(error);
        return undefined;
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
  return results as unknown as Results;
};

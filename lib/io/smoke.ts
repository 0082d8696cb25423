/** Asks a URL as a visitor would: no cookies, no redirect followed to somewhere else than asked. */

export type SmokeAnswer = {
  readonly url: string;
  /** Undefined: no answer at all. */
  readonly status: number | undefined;
  readonly milliseconds: number;
  /** Why there was none. */
  readonly problem: string | undefined;
};

const patienceMilliseconds = 10_000;

/** One question. Errors: none but the end of the run. */
export const smoke = async (url: string, signal: AbortSignal): Promise<SmokeAnswer> => {
  const startedAt = performance.now();
  const within = AbortSignal.any([signal, AbortSignal.timeout(patienceMilliseconds)]);
  try {
    const response = await fetch(url, {redirect: 'manual', signal: within});
    await response.body?.cancel();
    return {url, status: response.status, milliseconds: since(startedAt), problem: undefined};
  } catch (error) {
    signal.throwIfAborted();
    return {url, status: undefined, milliseconds: since(startedAt), problem: reasonOf(error)};
  }
};

const since = (startedAt: number): number => Math.round(performance.now() - startedAt);

/** fetch hides why behind its own words. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && cause.name === 'TimeoutError') return 'no answer within 10 s';
  return cause instanceof Error ? cause.message || cause.name : String(cause);
};

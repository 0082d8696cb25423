/** Asks a URL as a visitor would: no cookies, redirects followed on the host that was asked and to no other. */

export type SmokeAnswer = {
  readonly url: string;
  /** Undefined: no answer at all. */
  readonly status: number | undefined;
  readonly milliseconds: number;
  /** Why there was none. */
  readonly problem: string | undefined;
};

const patienceMilliseconds = 10_000;

/**
 * One question, and those that its answers lead to on the same host: a proxy that sends everybody to https answers
 * also where nothing is behind it. Errors: none but the end of the run.
 */
export const smoke = async (url: string, signal: AbortSignal): Promise<SmokeAnswer> => {
  const startedAt = performance.now();
  const within = AbortSignal.any([signal, AbortSignal.timeout(patienceMilliseconds)]);
  try {
    const status = await lastStatus(new URL(url), within);
    return {url, status, milliseconds: since(startedAt), problem: undefined};
  } catch (error) {
    signal.throwIfAborted();
    return {url, status: undefined, milliseconds: since(startedAt), problem: reasonOf(error)};
  }
};

const mostRedirects = 5;

/** Errors: what fetch throws; more redirects than there are of good will. */
const lastStatus = async (first: URL, signal: AbortSignal): Promise<number> => {
  let address = first;
  for (let followed = 0; followed <= mostRedirects; followed += 1) {
    const response = await fetch(address, {redirect: 'manual', signal});
    await response.body?.cancel();
    const next = nextOf(response, address);
    if (next === undefined) return response.status;
    address = next;
  }
  throw new Error(`it redirects more than ${mostRedirects} times`);
};

/** Undefined where it is the answer: no redirect, or one to somebody else. */
const nextOf = ({status, headers}: Response, address: URL): URL | undefined => {
  const location = headers.get('location');
  const isRedirect = [301, 302, 303, 307, 308].includes(status);
  if (!isRedirect || location === null || !URL.canParse(location, address.href)) return undefined;
  const next = new URL(location, address);
  const isSecured = next.protocol === 'https:' && next.hostname === address.hostname;
  const isSame = next.protocol === address.protocol && next.host === address.host;
  return isSame || isSecured ? next : undefined;
};

const since = (startedAt: number): number => Math.round(performance.now() - startedAt);

/** fetch hides why behind its own words. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && cause.name === 'TimeoutError') return 'no answer within 10 s';
  return cause instanceof Error ? cause.message || cause.name : String(cause);
};

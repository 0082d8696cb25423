/** Requests at an even rate, and what became of each: whether a change of versions was seen from outside. */
import {get} from 'node:http';

export type Failure = {
  /** Milliseconds since the load began. */
  readonly at: number;
  /** `503`, or what the connection said. */
  readonly what: string;
};

export type Told = {
  readonly sent: number;
  readonly failures: readonly Failure[];
  /** How many answers came from each version. */
  readonly versions: Readonly<Record<string, number>>;
  /** From the last good answer before a failure to the first one after it, the longest, in milliseconds. */
  readonly gap: number;
};

export type Load = {
  /** How it goes so far. */
  told(): Told;
  /** No more requests; waits for those that run. */
  end(): Promise<Told>;
};

type Answer = {readonly at: number; readonly what: string | undefined; readonly version: string};

/** A new connection for each request, so that a proxy or a listener that does not take one is seen. */
export const startLoad = (url: string, {perSecond = 50} = {}): Load => {
  const began = performance.now();
  const answers: Answer[] = [];
  const running = new Set<Promise<void>>();
  const send = () => {
    const at = performance.now() - began;
    const request = answerOf(url).then((answer) => {
      answers.push({at, ...answer});
      running.delete(request);
    });
    running.add(request);
  };
  const timer = setInterval(send, 1_000 / perSecond);
  const told = () => toldOf(answers.toSorted((a, b) => a.at - b.at));
  return {
    told,
    async end() {
      clearInterval(timer);
      await Promise.all(running);
      return told();
    },
  };
};

/** One request: its failure, or undefined for a status below 400. Never rejects. */
export const answerOf = (
  url: string,
): Promise<{readonly what: string | undefined; readonly version: string; readonly text: string}> =>
  new Promise((resolve) => {
    const request = get(url, {agent: false, timeout: 30_000}, (response) => {
      const version = String(response.headers['x-version'] ?? '');
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', (error) => resolve({what: error.message, version, text}));
      response.on('end', () => {
        const {statusCode = 0} = response;
        resolve({what: statusCode < 400 ? undefined : String(statusCode), version, text});
      });
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 30 seconds')));
    request.on('error', (error) => resolve({what: error.message, version: '', text: ''}));
  });

const toldOf = (answers: readonly Answer[]): Told => {
  const versions: Record<string, number> = {};
  let gap = 0;
  let good = 0;
  let isBroken = false;
  for (const {at, what, version} of answers) {
    if (version !== '') versions[version] = (versions[version] ?? 0) + 1;
    if (what !== undefined) isBroken = true;
    if (what !== undefined) continue;
    if (isBroken) gap = Math.max(gap, at - good);
    isBroken = false;
    good = at;
  }
  const failures = answers.flatMap(({at, what}) => (what === undefined ? [] : [{at, what}]));
  return {sent: answers.length, failures, versions, gap};
};

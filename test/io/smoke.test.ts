/** Questions to real servers: the last answer on the host that was asked counts. */
import {createServer, type RequestListener} from 'node:http';
import type {AddressInfo} from 'node:net';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {smoke} from '../../lib/io/smoke.ts';

const it = suite('smoke');

/** A server for as long as `use` runs, and which paths it was asked for. */
const withServer = async (
  answer: RequestListener,
  use: (url: string, asked: readonly string[]) => Promise<void>,
): Promise<void> => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

/** Redirects by path; any other path is answered with the status that it names. */
const redirecting =
  (targets: Readonly<Record<string, string>>): RequestListener =>
  ({url = ''}, response) => {
    const target = targets[url];
    if (target === undefined) response.writeHead(Number(url.slice(1))).end();
    else response.writeHead(302, {location: target}).end();
  };

const ask = (url: string) => smoke(url, new AbortController().signal);

it('takes the answer of the application behind a redirect for the answer', () =>
  withServer(redirecting({'/a': '/b', '/b': '503', '/good': '/200'}), async (url, asked) => {
    assert.is((await ask(`${url}/a`)).status, 503);
    assert.equal(asked, ['/a', '/b', '/503']);
    assert.is((await ask(`${url}/good`)).status, 200);
    assert.is((await ask(`${url}/204`)).status, 204);
  }));

it('goes to https of the same host, where nobody may be', () =>
  withServer(redirecting({'/': 'https://127.0.0.1:1/'}), async (url) => {
    const {status, problem} = await ask(`${url}/`);
    assert.is(status, undefined);
    assert.ok(problem);
  }));

it('leaves a redirect to somebody else as the answer', () =>
  withServer(
    redirecting({'/login': 'http://login.invalid/', '/port': 'http://127.0.0.1:1/'}),
    async (url, asked) => {
      assert.is((await ask(`${url}/login`)).status, 302);
      assert.is((await ask(`${url}/port`)).status, 302);
      assert.is(asked.length, 2);
    },
  ));

it('gives up on redirects without an end', () =>
  withServer(redirecting({'/': '/'}), async (url, asked) => {
    const {status, problem} = await ask(`${url}/`);
    assert.is(status, undefined);
    assert.match(problem ?? '', /redirects more than 5 times/);
    assert.is(asked.length, 6);
  }));

it.run();

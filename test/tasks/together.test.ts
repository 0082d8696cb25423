import {setTimeout as pause} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {OpsError} from '../../lib/model/errors.ts';
import type {Context} from '../../lib/tasks/context.ts';
import {together} from '../../lib/tasks/together.ts';
import {testContext} from '../support/context.ts';

const it = suite('together');

const sleep = {file: 'sleep', args: ['30'], env: {}};
const context = () => testContext('/nowhere');

it('gives every result, in the order of the jobs', async () => {
  const jobs = [() => pause(30, 'slow'), async () => 'fast'] as const;
  assert.equal(await together<[string, string]>(context(), jobs), ['slow', 'fast']);
  assert.equal(await together<[]>(context(), []), []);
});

it('ends the others at the first failure, waits for all of them, and throws that failure', async () => {
  const ended: string[] = [];
  const first = new OpsError('toolFailed', 'the first');
  const works =
    (name: string, clearUp: number) =>
    async ({shell}: Context) => {
      try {
        await shell.run(sleep);
      } finally {
        await pause(clearUp);
        ended.push(name);
      }
    };
  const started = performance.now();
  const fails = async () => {
    await pause(100);
    throw first;
  };
  const error = await together(context(), [works('a', 10), fails, works('b', 300)]).catch(
    (error) => error,
  );
  assert.is(error, first);
  assert.equal(ended, ['a', 'b']);
  assert.ok(performance.now() - started < 5_000);
});

it('does not blame the jobs that were ended for it', async () => {
  const error = await together(context(), [
    ({shell}) => shell.run(sleep),
    async ({signal}) => {
      signal.addEventListener('abort', () => {});
      throw new RangeError('mine');
    },
  ]).catch((error) => error);
  assert.is(error.message, 'mine');
});

it('is ended as a whole from outside', async () => {
  const stop = new AbortController();
  const outer = testContext('/nowhere', {}, {signal: stop.signal});
  setTimeout(() => stop.abort(new OpsError('interrupted', 'Ctrl-C')), 100);
  const error = await together(outer, [
    ({shell}) => shell.run(sleep),
    ({shell}) => shell.run(sleep),
  ]).catch((error) => error);
  assert.is(error.message, 'Ctrl-C');
});

it('leaves the context that it was given as it was', async () => {
  const outer = context();
  await together(outer, [async () => Promise.reject(new Error('mine'))]).catch(() => {});
  assert.is(outer.signal.aborted, false);
  assert.is((await outer.shell.run({file: 'echo', args: ['still'], env: {}})).stdout, 'still\n');
});

it.run();

import {setImmediate} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {createSlots} from '../../lib/tasks/slots.ts';

const it = suite('slots');

/** Tasks that run until they are ended by name, and the names of those that run. */
const tasks = (total: number) => {
  const slots = createSlots(total);
  const running = new Map<string, (error?: Error) => void>();
  return {
    running: () => [...running.keys()],
    start: (name: string, count: number) =>
      slots.use(count, async () => {
        await new Promise<void>((resolve, reject) => {
          running.set(name, (error) => (error ? reject(error) : resolve()));
        }).finally(() => running.delete(name));
        return name;
      }),
    end: async (name: string, error?: Error) => {
      running.get(name)?.(error);
      await setImmediate();
    },
  };
};

it('are taken by as many as there are, in the order in which they asked', async () => {
  const {start, end, running} = tasks(2);
  const done = ['first', 'second', 'third', 'fourth'].map((name) => start(name, 1));
  await setImmediate();
  assert.equal(running(), ['first', 'second']);
  await end('second');
  assert.equal(running(), ['first', 'third']);
  await end('first');
  await end('third');
  await end('fourth');
  assert.equal(await Promise.all(done), ['first', 'second', 'third', 'fourth']);
});

it('are kept for one who wants several, though a later one would be content with less', async () => {
  const {start, end, running} = tasks(3);
  const done = [start('small', 1), start('wide', 3), start('late', 1)];
  await setImmediate();
  assert.equal(running(), ['small']);
  await end('small');
  assert.equal(running(), ['wide']);
  await end('wide');
  assert.equal(running(), ['late']);
  await end('late');
  await Promise.all(done);
});

it('suffice for one who wants more than there are', async () => {
  const {start, end, running} = tasks(2);
  const done = start('greedy', 9);
  await setImmediate();
  assert.equal(running(), ['greedy']);
  await end('greedy');
  assert.is(await done, 'greedy');
});

it('are free again after a failure', async () => {
  const {start, end, running} = tasks(1);
  const failing = start('failing', 1).catch((error: Error) => error.message);
  const next = start('next', 1);
  await setImmediate();
  await end('failing', new Error('it failed'));
  assert.is(await failing, 'it failed');
  assert.equal(running(), ['next']);
  await end('next');
  await next;
});

it.run();

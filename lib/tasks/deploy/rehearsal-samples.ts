/** Who holds which lock on the copy, looked at again and again while something runs on it. */
import {setTimeout as pause} from 'node:timers/promises';
import * as asked from '../../commands/rehearsal.ts';
import * as logged from '../../commands/rehearsal-log.ts';
import {toDatabase} from '../../model/connection.ts';
import {type HeldLock, withSample} from '../../model/deploy/rehearsal-locks.ts';
import {withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import type {Copy} from './rehearsal-copy.ts';

const betweenSamples = 50;

/** Looks at the locks while `work` runs, from a session of its own that the log does not speak of. */
export const withSamples = <Value>(
  context: Context,
  copy: Copy,
  work: () => Promise<Value>,
): Promise<{readonly held: readonly HeldLock[]; readonly value: Value}> => {
  const connection = toDatabase(copy.connection, logged.logDatabase);
  const {client} = copy;
  return withServerSession(context, {connection, client}, async (session) => {
    await session.query('SET log_min_duration_statement = -1');
    let isDone = false;
    let held: readonly HeldLock[] = [];
    const look = async () => {
      for (let last = 0; !isDone; ) {
        const sample = await session.query<Omit<HeldLock, 'from' | 'to'>>(
          asked.heldLocks(copy.database),
        );
        const at = performance.now();
        held = withSample(held, sample, {at, last});
        last = at;
        await pause(betweenSamples);
      }
    };
    const looking = look();
    const value = await work().finally(async () => {
      isDone = true;
      // Where this session was lost, so is the copy: the work says it better.
      await looking.catch(() => {});
    });
    return {held, value};
  });
};

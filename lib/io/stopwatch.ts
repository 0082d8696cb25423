/** A program kept open and asked again and again, with the time until each answer has ended. */
import {randomBytes} from 'node:crypto';
import type {Command} from '../model/command.ts';
import {OpsError} from '../model/errors.ts';
import {printable} from '../model/redact.ts';
import type {Shell} from './shell.ts';

export type Stopwatch = {
  /**
   * Say what `ask` makes of a mark, and wait until the program prints that mark on a line of its own.
   * Gives milliseconds. Errors: toolFailed where it ends, or prints anything else.
   */
  time(ask: (mark: string) => string): Promise<number>;
};

const endDelayMilliseconds = 3_000;

/** Errors: toolFailed; whatever `work` throws. The program is ended in any case. */
export const withStopwatch = async <Value>(
  shell: Shell,
  {command, begin}: {readonly command: Command; readonly begin: string},
  work: (stopwatch: Stopwatch) => Promise<Value>,
): Promise<Value> => {
  const child = shell.start(command);
  child.stdin?.on('error', () => {});
  child.stdin?.write(begin);
  let said = '';
  let hear = () => {};
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    hear();
  });
  const ended = child.ended.then(({stderr, failure, exitCode, signal}) => {
    const why = stderr.trim() || failure || `it ended with ${signal ?? exitCode}`;
    throw failed(command, printable(why, {keepLines: true}));
  });
  ended.catch(() => {});
  const time: Stopwatch['time'] = async (ask) => {
    shell.signal.throwIfAborted();
    const mark = randomBytes(8).toString('hex');
    said = '';
    const began = performance.now();
    const heard = new Promise<void>((resolve) => {
      hear = () => said.endsWith(`${mark}\n`) && resolve();
    });
    child.stdin?.write(ask(mark));
    await Promise.race([heard, ended]);
    const milliseconds = performance.now() - began;
    if (said !== `${mark}\n`) throw failed(command, 'it refused a statement that it took before');
    return milliseconds;
  };
  const stop = () => child.kill('SIGKILL');
  shell.signal.addEventListener('abort', stop, {once: true});
  try {
    return await work({time});
  } finally {
    shell.signal.removeEventListener('abort', stop);
    child.stdin?.end();
    const timer = setTimeout(stop, endDelayMilliseconds);
    await child.ended;
    clearTimeout(timer);
  }
};

const failed = ({file}: Command, why: string): OpsError =>
  new OpsError('toolFailed', `${file.split('/').at(-1)} did not answer`, {cause: new Error(why)});

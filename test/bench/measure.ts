/** How long a run takes, and how much memory its process ever held. */
import {execFile, spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {open, rm, stat} from 'node:fs/promises';
import {cpus} from 'node:os';
import {join} from 'node:path';
import type {Command} from '../../lib/model/command.ts';
import {repository} from '../support/door.ts';
import {testShell} from '../support/postgres.ts';

export type Measure = {
  readonly seconds: number;
  /** What the run left on disk; undefined where that is not the question. */
  readonly bytes?: number;
  /** Of the Node process alone; undefined where there is none, or no /proc. */
  readonly peakBytes?: number | undefined;
};

/** The usual way: programs joined by pipes, into a file that is then removed. Errors: a stage fails. */
export const runPipe = async (stages: readonly Command[], folder: string): Promise<Measure> => {
  const path = join(folder, 'by-hand');
  const file = await open(path, 'w', 0o600);
  try {
    const began = performance.now();
    await testShell().pipe(stages, {output: file.fd});
    return {seconds: secondsSince(began), bytes: (await stat(path)).size};
  } finally {
    await file.close();
    await rm(path);
  }
};

/** One program as it is called by hand. Errors: its exit code is not 0. */
export const runProgram = (file: string, args: readonly string[]): Promise<Measure> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    execFile(file, args, {maxBuffer: 1e8}, (error, _stdout, stderr) =>
      error
        ? reject(new Error(`${file}: ${stderr}`, {cause: error}))
        : resolve({seconds: secondsSince(began)}),
    );
  });

/** `pgkeep <words>`, as an operator would start it. Errors: its exit code is not 0. */
export const runPgkeep = (
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Measure> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, [join(repository, 'scripts/pgkeep.js'), ...words], {
      cwd: '/',
      env: {PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...env},
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let peakBytes: number | undefined;
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    // The kernel keeps the peak itself: only the last look before the end counts.
    const looking = setInterval(() => {
      peakBytes = peakOf(child.pid) ?? peakBytes;
    }, 20);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(looking);
      if (code === 0) resolve({seconds: secondsSince(began), peakBytes});
      else reject(new Error(`pgkeep ${words.join(' ')} ended with ${code ?? signal}\n${said}`));
    });
  });

/** What the numbers depend on: cores, PostgreSQL, Node, the compressors and their versions. */
export const machineFacts = async (postgres: string): Promise<readonly string[]> => {
  const [processor] = cpus();
  return [
    `${cpus().length} cores (${processor?.model ?? 'unknown'}), Node ${process.versions.node}`,
    await firstLine(`${postgres}/pg_dump`),
    await firstLine('gzip'),
    await firstLine('igzip'),
  ];
};

/** The middle one; of an even number the lower of the two. */
export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? Number.NaN;

const secondsSince = (began: number) => (performance.now() - began) / 1_000;

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
const peakOf = (pid: number | undefined): number | undefined => {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found?.[1] === undefined ? undefined : Number(found[1]) * 1_024;
  } catch {
    return undefined;
  }
};

const firstLine = (program: string): Promise<string> =>
  new Promise((resolve) => {
    execFile(program, ['--version'], (error, stdout, stderr) => {
      const [line = ''] = `${stdout}${stderr}`.trim().split('\n');
      resolve(error ? `${program}: not installed` : line);
    });
  });

/**
 * System calls that fail or kill on demand, by strace on unmodified programs.
 * https://man7.org/linux/man-pages/man1/strace.1.html
 */
import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {Manifest} from '../../lib/model/manifest.ts';
import type {DoorOptions, DoorResult} from './door.ts';
import {scaled} from './require.ts';

/** What a durable write is made of. */
export const durableCalls = [
  ...['openat', 'write', 'pwrite64', 'fsync', 'fdatasync', 'close', 'ftruncate'],
  ...['rename', 'mkdir', 'unlink', 'rmdir'],
] as const;
export type Call = (typeof durableCalls)[number];

/** `forEver`: from that call on; libuv asks again for ever after EINTR, so that one comes once only. */
export const faults = [
  {what: 'error=EIO', forEver: false},
  {what: 'error=EIO', forEver: true},
  {what: 'error=ENOSPC', forEver: false},
  {what: 'error=ENOSPC', forEver: true},
  {what: 'error=EINTR', forEver: false},
  {what: 'signal=KILL', forEver: false},
] as const;
export type Fault = (typeof faults)[number];

/** `when`: which of the calls of one kind, of each process, that name one of the paths. */
export type Injection = Fault & {readonly call: Call; readonly when: number};

export type Run = (options: DoorOptions) => Promise<DoorResult>;

/** Node does its file work in one thread then: counts by thread are its own. */
const env = {UV_THREADPOOL_SIZE: '1'};

const strace = (log: string, paths: readonly string[], words: readonly string[]) => [
  // With --seccomp-bpf strace 6 sends no signal.
  ...['strace', ...(words.some((word) => word.includes('signal=')) ? [] : ['--seccomp-bpf'])],
  ...['-f', '-q', '-o', log, ...words],
  ...paths.flatMap((path) => ['-P', path]),
  '--',
];

/** How often each call names one of the paths, in the process that does so most. */
export const countCalls = async (
  run: Run,
  {folder, paths}: {readonly folder: string; readonly paths: readonly string[]},
): Promise<ReadonlyMap<Call, number>> => {
  const log = join(folder, 'strace.log');
  await run({env, under: strace(log, paths, ['-e', `trace=${durableCalls.join(',')}`])});
  const counts = new Map<string, number>();
  for (const [, pid, call] of (await readFile(log, 'utf8')).matchAll(/^(\d+) +(\w+)\(/gm))
    counts.set(`${pid} ${call}`, (counts.get(`${pid} ${call}`) ?? 0) + 1);
  await rm(log);
  const most = (call: Call) =>
    Math.max(0, ...[...counts].flatMap(([key, n]) => (key.endsWith(` ${call}`) ? [n] : [])));
  return new Map(durableCalls.map((call) => [call, most(call)]));
};

/** A run with one fault; whether it was met at all. */
export const injectInto = async (
  run: Run,
  {call, what, when, forEver}: Injection,
  {folder, paths}: {readonly folder: string; readonly paths: readonly string[]},
): Promise<DoorResult & {readonly isMet: boolean}> => {
  const log = join(folder, 'strace.log');
  const inject = `inject=${call}:${what}:when=${when}${forEver ? '+' : ''}`;
  const words = ['-e', `trace=${call}`, '-e', inject];
  const result = await run({env, under: strace(log, paths, words)});
  const told = await readFile(log, 'utf8');
  await rm(log);
  return {...result, isMet: /\(INJECTED\)|killed by SIGKILL/.test(told)};
};

/**
 * Every fault at every one of these calls; below PGKEEP_TEST_SCALE=10 about `atOnce` of them for each
 * unit of scale, spread over all.
 */
export const injections = (
  counts: ReadonlyMap<Call, number>,
  {atOnce}: {readonly atOnce: number},
): readonly Injection[] => {
  const all = [...counts].flatMap(([call, most]) =>
    faults.flatMap((fault) =>
      Array.from({length: most}, (_, index) => ({...fault, call, when: index + 1})),
    ),
  );
  if (scaled(1) >= 10) return all;
  const step = Math.max(1, all.length / scaled(atOnce));
  return Array.from({length: Math.floor(all.length / step)}, (_, index) => {
    const injection = all[Math.floor(index * step)];
    return injection ? [injection] : [];
  }).flat();
};

/** Files of a set that its manifest does not name. */
export const marks = [
  'manifest.json',
  'manifest.json.new',
  'proof.jsonl',
  'pinned',
  'schema.archive',
];

/** All paths that a backup of this id, with the files of an earlier one, writes. */
export const pathsOf = (shelf: string, id: string, {files}: Pick<Manifest, 'files'>) => {
  const staging = join(shelf, `.${id}.partial`);
  const names = [...files.map(({name}) => name), ...marks, 'database'];
  const own = [shelf, join(shelf, '.lock'), join(shelf, id), staging];
  return [...own, ...names.map((name) => join(staging, name))];
};

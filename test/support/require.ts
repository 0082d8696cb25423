/**
 * What a test needs beyond Node, and what happens where it is missing: a loud, counted skip, or a
 * failure where `PGKEEP_TEST_REQUIRE=postgres,docker,redis,sqlite,faults` says that it must be there.
 */
import {execFileSync} from 'node:child_process';
import {statSync} from 'node:fs';
import {dirname, resolve} from 'node:path';
import {isOnPath, serverFolder} from '../../scripts/_packages.ts';

export type Part = 'postgres' | 'docker' | 'redis' | 'sqlite';

/** The start of a line that the runner counts as one skipped test. */
export const skipMark = 'PGKEEP-SKIP';

/** Whether a part is here; where not, says so for the runner. Errors: where it is required. */
export const has = (part: Part): boolean => {
  if (isHere[part]()) return true;
  if (isRequired(part))
    throw new Error(`this test needs ${part}, and PGKEEP_TEST_REQUIRE says that it must be here`);
  skip(`${part} is not here`);
  return false;
};

/**
 * Whether this machine can do what a fault needs: root, and programs on the PATH; where not, says so
 * for the runner. Errors: where PGKEEP_TEST_REQUIRE names `faults`.
 */
export const canInject = (...programs: readonly string[]): boolean => {
  const missing = programs.filter((name) => !isOnPath(name));
  if (process.getuid?.() === 0 && missing.length === 0) return true;
  const why = missing.length > 0 ? `no ${missing.join(', ')} here` : 'these faults need root';
  if (isRequired('faults')) throw new Error(`${why}, and PGKEEP_TEST_REQUIRE names faults`);
  skip(why);
  return false;
};

/** Whether every account may pass this folder: a checkout below /root is for root alone. */
export const othersCanReach = (folder: string): boolean => {
  for (let path = resolve(folder); ; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) !== 0) {
      if (path === dirname(path)) return true;
      continue;
    }
    skip(`other accounts can't pass ${path}`);
    return false;
  }
};

/** Whether PGKEEP_TEST_REQUIRE names it. */
export const isRequired = (what: string): boolean =>
  (process.env['PGKEEP_TEST_REQUIRE'] ?? '').split(',').includes(what);

/** Counts one skipped test, with the reason. */
export const skip = (why: string): void => {
  process.stdout.write(`\n${skipMark} ${why}\n`);
};

/** How often fault loops repeat what they try: `PGKEEP_TEST_SCALE` (default 1) times `count`. */
export const scaled = (count: number): number => {
  const scale = Number(process.env['PGKEEP_TEST_SCALE'] ?? '1');
  if (!(scale > 0)) throw new Error(`PGKEEP_TEST_SCALE: expected a number above 0, got '${scale}'`);
  return Math.max(1, Math.ceil(count * scale));
};

const isDockerUp = () => {
  try {
    execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], {
      stdio: 'ignore',
      timeout: 10_000,
    });
    return true;
  } catch {
    return false;
  }
};

const isHere: Record<Part, () => boolean> = {
  postgres: () => serverFolder() !== undefined,
  docker: isDockerUp,
  redis: () => isOnPath('redis-server') && isOnPath('redis-cli'),
  sqlite: () => isOnPath('sqlite3'),
};

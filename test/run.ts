/**
 * The runner behind `npm test`. Arguments are filters: a file runs when its path contains one, and none that
 * begins with `!`.
 * `--coverage` measures which lines were run. The last line is `N passed, N failed`.
 */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {setUpForTests} from '../scripts/_setup.ts';
import {setUpContainers} from './support/containers.ts';
import {repository} from './support/door.ts';
import {endRunning, type FileResult, runFiles} from './support/runner.ts';

const main = async (words: readonly string[]): Promise<number> => {
  const flags = words.filter((word) => word.startsWith('-'));
  const unknown = flags.find((flag) => flag !== '--coverage');
  if (unknown !== undefined) {
    process.stderr.write(
      `unknown flag '${unknown}'; usage: npm test -- [--coverage] [part of a path… | !part of a path…]\n`,
    );
    return 2;
  }
  const filters = words.filter((word) => !flags.includes(word));
  const say = (text: string) => void process.stdout.write(`${text}\n`);
  await setUpForTests(say);
  await setUpContainers(say);
  const coverage = flags.includes('--coverage')
    ? mkdtempSync(join(tmpdir(), 'pgkeep-coverage-'))
    : undefined;
  const results = await runFiles(testFiles(filters), {
    atOnce: Math.min(2, availableParallelism()),
    timeoutSeconds: timeoutSeconds(),
    environment: {...quietEnvironment(), ...(coverage ? {NODE_V8_COVERAGE: coverage} : {})},
    say: (text) => void process.stdout.write(text),
  });
  if (coverage) reportCoverage(coverage);
  return tell(results);
};

/** Every test file whose path contains one of the filters. */
const testFiles = (filters: readonly string[]): readonly string[] =>
  readdirSync(join(repository, 'test'), {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(repository, 'test', name))
    .filter((file) => isMeant(file.slice(repository.length), filters))
    .sort((a, b) => weight(a) - weight(b) || a.localeCompare(b));

const isMeant = (path: string, filters: readonly string[]): boolean => {
  const wanted = filters.filter((filter) => !filter.startsWith('!'));
  const unwanted = filters.filter((filter) => filter.startsWith('!'));
  return (
    (wanted.length === 0 || wanted.some((filter) => path.includes(filter))) &&
    !unwanted.some((filter) => path.includes(filter.slice(1)))
  );
};

/** Long files first: the last one to start decides when all are done. */
const weight = (file: string): number => {
  const place = ['live', 'faults', 'scripts', 'io', 'tasks'].findIndex((room) =>
    file.includes(`/test/${room}/`),
  );
  return place < 0 ? Number.MAX_SAFE_INTEGER : place;
};

/** Ten minutes a file, longer where fault loops are scaled up; `PGKEEP_TEST_TIMEOUT` (seconds) overrides. */
const timeoutSeconds = (): number =>
  Number(
    process.env['PGKEEP_TEST_TIMEOUT'] ??
      600 * Math.max(1, Number(process.env['PGKEEP_TEST_SCALE'] ?? 1)),
  );

/** No test may reach the database that a developer's environment names. */
const quietEnvironment = (): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        /^(PGKEEP_TEST_\w+|PG_BINDIR)$/.test(name) ||
        !/^(PG|DATABASE|POSTGRES|DB_|DEPLOY_|REDIS|LOG_LEVEL$)/.test(name),
    ),
  );

const reportCoverage = (folder: string) => {
  const c8 = join(repository, 'node_modules/c8/bin/c8.js');
  const what = ['--all', '--include=lib/**', '--include=scripts/**', '--exclude=test/**'];
  const words = [
    c8,
    'report',
    `--temp-directory=${folder}`,
    ...what,
    '--reporter=text',
    '--reporter=html',
  ];
  spawnSync(process.execPath, words, {cwd: repository, stdio: 'inherit'});
  rmSync(folder, {recursive: true, force: true});
};

const tell = (results: readonly FileResult[]): number => {
  const sum = (count: (result: FileResult) => number) =>
    results.reduce((total, result) => total + count(result), 0);
  const failed = sum((result) => result.failed);
  const skipped = sum((result) => result.skipped);
  const files = results.filter((result) => result.failed > 0).map(({file}) => `  ${file}\n`);
  if (results.length === 0) process.stdout.write('no test file matches\n');
  if (files.length > 0) process.stdout.write(`\nfailed:\n${files.join('')}`);
  const passed = sum((result) => result.passed);
  process.stdout.write(
    `\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
  );
  return failed > 0 || passed === 0 ? 1 : 0;
};

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.once(signal, () => {
    endRunning();
    process.exit(code);
  });
}
process.exitCode = await main(process.argv.slice(2));

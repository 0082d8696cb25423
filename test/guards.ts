/**
 * Takes each guard away in a copy of the repository and runs the test that has to notice: a guard
 * whose removal goes unseen is one that nobody would miss. `npm run guards -- [part of a title…]`.
 */
import {chmod, cp, mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, relative} from 'node:path';
import {type Guard, guards, without} from './fixtures/guards.ts';
import {repository} from './support/door.ts';
import {runFiles} from './support/runner.ts';

const copied = ['lib', 'scripts', 'test', 'package.json', 'tsconfig.json', 'README.md'];

const copyTo = async (folder: string) => {
  for (const name of copied)
    await cp(join(repository, name), join(folder, name), {recursive: true});
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
};

/** The result of one test file of the copy. */
const outcomeOf = async (folder: string, test: string) => {
  const [result] = await runFiles([join(folder, test)], {
    atOnce: 1,
    timeoutSeconds: 600,
    environment: process.env,
    say: () => {},
  });
  if (!result) throw new Error(`${test} was not run`);
  return result;
};

/** Whether the test passes with every guard in its place: else its failure would tell nothing. */
const healthy = async (folder: string, tests: ReadonlySet<string>): Promise<readonly string[]> => {
  const broken: string[] = [];
  for (const test of tests) {
    const {failed, passed} = await outcomeOf(folder, test);
    if (failed > 0 || passed === 0) broken.push(test);
  }
  return broken;
};

const noticed = async (folder: string, guard: Guard): Promise<string> => {
  const file = join(folder, guard.file);
  const source = await readFile(file, 'utf8');
  await writeFile(file, without(guard, source));
  try {
    const {failed, seconds} = await outcomeOf(folder, guard.test);
    return failed > 0 ? `noticed in ${seconds.toFixed(0)} s` : 'UNSEEN';
  } finally {
    await writeFile(file, source);
  }
};

const main = async (words: readonly string[]): Promise<number> => {
  const chosen = guards.filter(
    ({title}) => words.length === 0 || words.some((word) => title.includes(word)),
  );
  const folder = await mkdtemp(join(tmpdir(), 'pgkeep-guards-'));
  try {
    // Some tests run doors as another account.
    await chmod(folder, 0o755);
    await copyTo(folder);
    const broken = await healthy(folder, new Set(chosen.map(({test}) => test)));
    if (broken.length > 0) {
      process.stdout.write(`not passing with all guards in place: ${broken.join(', ')}\n`);
      return 1;
    }
    let unseen = 0;
    for (const guard of chosen) {
      const told = await noticed(folder, guard);
      if (told === 'UNSEEN') unseen += 1;
      const row = [guard.title.padEnd(48), relative('test', guard.test).padEnd(32), told];
      process.stdout.write(`${row.join('  ')}\n`);
    }
    process.stdout.write(`${chosen.length - unseen} of ${chosen.length} removals were noticed\n`);
    return unseen === 0 && chosen.length > 0 ? 0 : 1;
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
};

process.exitCode = await main(process.argv.slice(2));

/**
 * What a test file's run was worth. uvu 0.5 ends with exit code 0 when a suite is never run, when
 * it has no tests, and when a `before` hook throws: the counts that it prints are held against it.
 */
import {skipMark} from './require.ts';

export type FileRun = {
  /** The file's text: a suite that never runs shows nowhere else. */
  readonly source: string;
  /** Standard output and error as they came. */
  readonly output: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Set where the runner ended it. */
  readonly timedOutAfterSeconds?: number | undefined;
};

export type Verdict = {
  readonly passed: number;
  /** Tests, plus one where the file itself is at fault. */
  readonly failed: number;
  readonly skipped: number;
  /** Why the file failed, as sentences. */
  readonly faults: readonly string[];
  /** Why tests were skipped. */
  readonly skips: readonly string[];
};

/** Judge one file's run. */
export const verdictOn = (run: FileRun): Verdict => {
  const total = sumOf(run.output, 'Total');
  const passed = sumOf(run.output, 'Passed');
  const skips = skipsIn(run.output);
  const broken = Math.max(0, total - passed);
  const faults = [...howItEnded(run), ...emptiness(run, {total, skips}), ...neverRun(run.source)];
  if (broken > 0) faults.push(`${broken} of ${total} tests did not pass`);
  return {
    passed,
    failed: Math.max(broken, faults.length > 0 ? 1 : 0),
    skipped: sumOf(run.output, 'Skipped') + skips.length,
    faults,
    skips,
  };
};

const sumOf = (output: string, label: string): number =>
  [...output.matchAll(new RegExp(`^ {2}${label}: +(\\d+)$`, 'gm'))].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );

const skipsIn = (output: string): readonly string[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith(skipMark))
    .map((line) => line.slice(skipMark.length).trim());

const howItEnded = ({exitCode, signal, timedOutAfterSeconds}: FileRun): string[] => {
  if (timedOutAfterSeconds !== undefined)
    return [`it had not ended after ${timedOutAfterSeconds} seconds`];
  if (signal !== null) return [`it was ended by ${signal}`];
  return exitCode === 0 ? [] : [`it ended with exit code ${exitCode}`];
};

const emptiness = (
  {output}: FileRun,
  {total, skips}: {total: number; skips: readonly string[]},
): string[] => {
  if (!/^ {2}Total: /m.test(output)) return ['it printed no total: no suite was run'];
  return total === 0 && skips.length === 0 ? ['it has no tests'] : [];
};

/** Suites that the source names and never runs. */
const neverRun = (source: string): string[] => {
  const named = [...source.matchAll(/\bconst (\w+) = suite\b/g)].map(([, name]) => name ?? '');
  if (/import \{[^}]*\btest\b[^}]*\} from 'uvu'/.test(source)) named.push('test');
  return named
    .filter((name) => !new RegExp(`\\b${name}\\.run\\(\\)`).test(source))
    .map((name) => `the suite '${name}' is never run`);
};

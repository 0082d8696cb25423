/** Which docker and compose a deploy works with: what it needs, and what is known to do harm. */
import type {Finding} from './finding.ts';

export type DockerVersions = {
  readonly client: string;
  readonly engine: string;
  readonly compose: string;
};

type Program = keyof DockerVersions;

/** The oldest that what a deploy says is understood by. */
const oldest: Readonly<Record<Program, string>> = {
  client: '20.10.0',
  engine: '20.10.0',
  compose: '2.20.0',
};

/** Releases that do something else than they are told, each with the report of it. */
const bad: readonly {
  readonly program: Program;
  readonly versions: readonly string[];
  readonly why: string;
}[] = [
  {
    ...{program: 'compose', versions: ['2.23.0']},
    why: '`config --hash` prints nothing, so no change is seen (docker/compose issue 11145)',
  },
  {
    ...{program: 'compose', versions: ['2.24.7']},
    why: '`config` leaves out what env_file says (docker/compose issue 11598)',
  },
  {
    ...{program: 'compose', versions: ['2.27.1']},
    why: '--env-file is passed over: services would get empty values (docker/compose issue 11887)',
  },
  {
    ...{program: 'compose', versions: ['2.30.0']},
    why: 'a definition on standard input is not read (docker/compose issue 12248)',
  },
];

/** Too old and known-bad are faults; a version that can't be read is none. */
export const judgeVersions = (versions: DockerVersions): readonly Finding[] =>
  (['client', 'engine', 'compose'] as const).flatMap((program) => {
    const version = versions[program];
    const what = findingOf(program, version);
    return what === undefined
      ? []
      : [{level: 'fault' as const, rule: 'version', where: nameOf[program], ...what}];
  });

const nameOf: Readonly<Record<Program, string>> = {
  client: 'the docker client',
  engine: 'the docker engine',
  compose: 'docker compose',
};

const findingOf = (program: Program, text: string): Pick<Finding, 'what' | 'hint'> | undefined => {
  const version = numbersOf(text);
  if (version === undefined) return undefined;
  const least = oldest[program];
  if (isOlder(version, numbersOf(least) ?? []))
    return {
      what: `is ${version.join('.')}, older than ${least}`,
      hint: `install ${least} or newer`,
    };
  const known = bad.find(
    (one) => one.program === program && one.versions.includes(version.join('.')),
  );
  return (
    known && {
      what: `is ${version.join('.')}: ${known.why}`,
      hint: 'install a newer release',
    }
  );
};

/** `v2.26.1-4`, `20.10.24+dfsg1`, `2.35.1-desktop.1` */
const numbersOf = (text: string): readonly number[] | undefined => {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return found ? [found[1], found[2], found[3] ?? '0'].map(Number) : undefined;
};

const isOlder = (version: readonly number[], than: readonly number[]): boolean => {
  for (const [index, number] of than.entries())
    if (version[index] !== number) return (version[index] ?? 0) < number;
  return false;
};

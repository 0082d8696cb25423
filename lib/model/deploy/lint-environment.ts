/**
 * What is wrong with the env file of a deploy before anything is started with it. A fault is what can't be
 * meant; what a team may live with is a warning. No value stands in any text, nor a part of one.
 */
import {type EnvFile, parseEnvFile} from '../env-file.ts';
import {printable} from '../redact.ts';
import type {Finding} from './finding.ts';
import {compareKeys} from './lint-keys.ts';
import {lintReuse} from './lint-reuse.ts';
import {lintValue} from './lint-value.ts';
import {secretIn} from './secret-names.ts';

export type EnvironmentText = {
  /** As people call it: `.env.production`. */
  readonly name: string;
  readonly text: string;
  /** As stat gives it; undefined where the file is no plain one. */
  readonly mode?: number | undefined;
};

export type EnvironmentFacts = {
  readonly file: EnvironmentText | undefined;
  /** What the application's repository has beside it. */
  readonly example: EnvironmentText | undefined;
  /** Names that the operator's own environment has, without their values. */
  readonly given: ReadonlySet<string>;
  /** The service of the database: the host of its URLs. */
  readonly databaseService: string;
};

/** All at once, in the order of the file. */
export const lintEnvironment = (facts: EnvironmentFacts): readonly Finding[] => {
  const {file, example} = facts;
  if (file === undefined) return missingFile(example);
  const own = parseEnvFile(file.text);
  const model = parseEnvFile(example?.text ?? '');
  const names = [...own.values].flatMap(([key, {value}]) =>
    /(USER|USERNAME|DB|DATABASE|NAME)$/i.test(key) ? [key, value] : [key],
  );
  return [
    ...modeFindings(file, own),
    ...lineFindings(file, own),
    ...(example ? compareKeys({file, example, own, model, given: facts.given}) : []),
    ...[...own.values].flatMap(([key, {value, line}]) =>
      lintValue({
        ...{key, value, names},
        where: `${file.name} line ${line}`,
        example: example && {name: example.name, value: model.values.get(key)?.value},
      }),
    ),
    ...lintReuse(own, {name: file.name, databaseService: facts.databaseService}),
  ];
};

/** Values may come from the operator's environment alone; an example says that a file is meant. */
const missingFile = (example: EnvironmentText | undefined): readonly Finding[] => [
  {
    level: example ? 'fault' : 'warning',
    rule: 'env file',
    where: 'the project folder',
    what: 'there is no env file',
    hint: example
      ? `copy ${example.name} to .env.production, fill it in, and chmod 600 it`
      : 'compose takes all values from the environment of this run: see --env-file',
  },
];

/** 0640 is allowed: a group of those who deploy. */
const modeFindings = ({name, mode}: EnvironmentText, {values}: EnvFile): readonly Finding[] => {
  if (mode === undefined || (mode & 0o027) === 0) return [];
  const holdsSecret = [...values].some(([key, {value}]) => secretIn(key, value) !== undefined);
  const isOpen = (mode & 0o007) !== 0;
  return [
    {
      level: isOpen && holdsSecret ? 'fault' : 'warning',
      rule: 'file mode',
      where: name,
      what: isOpen
        ? `every account of this host can get at it (mode ${octal(mode)})`
        : `its group can change it (mode ${octal(mode)})`,
      hint: `chmod 600 ${name}`,
    },
  ];
};

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, '0');

/** What can't be read as it was meant. Lines of pgkeep's own settings have been refused before. */
const lineFindings = ({name}: EnvironmentText, {faults}: EnvFile): readonly Finding[] =>
  faults.map(({line, key, problem}) => ({
    level: 'warning',
    rule: 'env file',
    where: `${name} line ${line}`,
    what: key === undefined ? problem : `${printable(key)} ${problem}`,
    hint: 'compose and the application may read it differently: put the value in single quotes',
  }));

/** An env file against its example: what is missing, what is unknown, what is misspelt. */
import type {EnvFile} from '../env-file.ts';
import {printable} from '../redact.ts';
import {suggest} from '../suggest.ts';
import type {Finding} from './finding.ts';
import {placeholderKind} from './placeholder.ts';
import {isSecretName, secretIn} from './secret-names.ts';

export type ComparedKeys = {
  readonly file: {readonly name: string};
  readonly example: {readonly name: string};
  readonly own: EnvFile;
  readonly model: EnvFile;
  /** Names that the operator's environment has. */
  readonly given: ReadonlySet<string>;
};

/** A missing key is a fault where the example has no value that could serve: a secret, a placeholder. */
export const compareKeys = (compared: ComparedKeys): readonly Finding[] => {
  const {file, example, own, model, given} = compared;
  const there = keysOf(own);
  const known = keysOf(model);
  const missing = [...model.values].filter(
    ([key]) =>
      !given.has(key) && ![key, `${key}_FILE`, withoutFile(key)].some((one) => there.has(one)),
  );
  const unknown = [...own.values].filter(
    ([key]) =>
      !isOthers(key) && ![key, `${key}_FILE`, withoutFile(key)].some((one) => known.has(one)),
  );
  const misspelt = new Map<string, string>();
  for (const [key] of unknown) {
    const meant = suggest(
      key,
      missing.map(([name]) => name),
    );
    if (meant !== undefined) misspelt.set(key, meant);
  }
  return [
    ...missing.map(([key, {value, line}]) =>
      missingKey(compared, {key, value, line, typo: keyFor(misspelt, key)}),
    ),
    ...unknownKeys(
      unknown.map(([key]) => key).filter((key) => !misspelt.has(key)),
      {file: file.name, example: example.name},
    ),
  ];
};

/** Also those whose line can't be read: they are there. */
const keysOf = ({values, faults}: EnvFile): ReadonlySet<string> =>
  new Set([...values.keys(), ...faults.flatMap(({key}) => key ?? [])]);

const withoutFile = (key: string): string => key.replace(/_FILE$/, '');

/** Settings of the tools: an example of the application needs none of them. */
const isOthers = (key: string): boolean => /^(PGKEEP|DEPLOY|COMPOSE|DOCKER|BUILDKIT)_/.test(key);

const keyFor = (misspelt: ReadonlyMap<string, string>, meant: string): string | undefined =>
  [...misspelt].find(([, name]) => name === meant)?.[0];

type Missing = {
  readonly key: string;
  readonly value: string;
  readonly line: number;
  readonly typo: string | undefined;
};

const missingKey = ({file, example}: ComparedKeys, {key, value, line, typo}: Missing): Finding => {
  const isSecret = isSecretName(key) || secretIn(key, value) !== undefined;
  const hasNone = value !== '' && placeholderKind(value, {isSecret}) === 'placeholder';
  const isNeeded = value !== '' && (isSecret || hasNone);
  return {
    level: isNeeded ? 'fault' : 'warning',
    rule: 'missing key',
    where: file.name,
    what: `${printable(key)} is missing, which ${example.name} has in line ${line}`,
    hint:
      typo === undefined
        ? `add it, empty where nothing is meant${isNeeded ? '' : `, or take it out of ${example.name}`}`
        : `${printable(typo)} may be a misspelling of it`,
  };
};

/** One finding for all: examples lag behind. */
const unknownKeys = (
  keys: readonly string[],
  {file, example}: {readonly file: string; readonly example: string},
): readonly Finding[] =>
  keys.length === 0
    ? []
    : [
        {
          level: 'warning',
          rule: 'unknown key',
          where: file,
          what: `${example} does not have ${keys.map((key) => printable(key)).join(', ')}`,
          hint: `add ${keys.length === 1 ? 'it' : 'them'} there without the value, so that the next host gets ${keys.length === 1 ? 'it' : 'them'} too`,
        },
      ];

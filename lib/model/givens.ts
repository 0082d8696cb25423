/**
 * What was given for each key, and where: the environment over the env file, a secret itself or the
 * file that its `NAME_FILE` names.
 */
import {basename, resolve} from 'node:path';
import {connectionVariables} from './connection-parameters.ts';
import {connectionTable, otherDatabaseKeys, secretKeys} from './connection-table.ts';
import {passwordsIn} from './connection-url.ts';
import {secretIn} from './deploy/secret-names.ts';
import {type EnvFile, parseEnvFile} from './env-file.ts';
import {printable} from './redact.ts';
import {settingsTable} from './settings-table.ts';
import {suggest} from './suggest.ts';

export type Given = {readonly value: string; readonly source: string};
export type Givens = ReadonlyMap<string, Given>;
/** `source` is where the value stands; a fault of a flag is the command line's (exit 2), not the settings' (exit 3). */
export type Fault = {readonly key: string; readonly problem: string; readonly source: string};

export type Surroundings = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `text` is undefined where there is no such file; `mode` as stat gives it. */
  readonly file: {readonly path: string; readonly text: string | undefined; readonly mode?: number};
  /** The texts of the files that `NAME_FILE` keys name, by absolute path; undefined: not readable. */
  readonly secretFiles?: Readonly<Record<string, string | undefined>>;
};

const knownKeys = new Set<string>([
  ...Object.values(settingsTable).map(({key}) => key),
  ...connectionTable.map(({key}) => key),
  ...otherDatabaseKeys,
  ...connectionVariables,
]);
const fileKeys: ReadonlyMap<string, string> = new Map(
  secretKeys.map((key) => [`${key}_FILE`, key]),
);

/** Everything that was given for a key that pgkeep reads, and all that is wrong with how it was given. */
export const gather = (
  surroundings: Surroundings,
  project: string,
): {givens: Givens; faults: readonly Fault[]; warnings: readonly string[]} => {
  const {file} = surroundings;
  const layers = layersOf(surroundings);
  const faults = [...fileFaults(layers.parsed, file.path), ...unknownKeys(layers)];
  const givens = new Map<string, Given>();
  for (const layer of [layers.file, layers.environment]) {
    for (const [name, given] of layer) {
      const key = fileKeys.get(name) ?? name;
      if (!knownKeys.has(key)) continue;
      const value = key === name ? given : readSecret(surroundings, {name, given, project});
      const problem = problemOf(value, {
        isDouble: key !== name && layer.has(key),
        mayBeEmpty: key === 'REDIS_URL',
      });
      if (problem !== undefined) faults.push({key: name, problem, source: given.source});
      // The application's own: empty is how it says that it has none.
      else if (value && value.value !== '') givens.set(key, value);
    }
  }
  return {givens, faults, warnings: modeWarning(surroundings, layers.file)};
};

/** The paths that `NAME_FILE` keys name: the door reads them. Relative ones start from the project. */
export const secretFilePaths = (surroundings: Surroundings, project: string): readonly string[] => {
  const {file, environment} = layersOf(surroundings);
  return [...file, ...environment].flatMap(([name, {value}]) =>
    fileKeys.has(name) && value !== '' ? [resolve(project, value)] : [],
  );
};

/** Every secret there is, before anything is judged: for the redactor of the first error already. */
export const secretsOf = (surroundings: Surroundings): readonly string[] => {
  const {file, environment} = layersOf(surroundings);
  const values = [...file, ...environment].flatMap(([name, {value}]) =>
    secretKeys.includes(name) ? [value] : [],
  );
  // The application's own, in the file that both read: its containers may print them.
  const others = [...file].flatMap(([name, {value}]) => secretIn(name, value)?.value ?? []);
  const read = Object.values(surroundings.secretFiles ?? {}).flatMap(
    (text) => withoutNewline(text) ?? [],
  );
  return [...values, ...read, ...others].flatMap((text) =>
    text.includes('://') ? passwordsIn(text) : [text],
  );
};

type Layer = ReadonlyMap<string, Given>;
type Layers = {readonly file: Layer; readonly environment: Layer; readonly parsed: EnvFile};

const layersOf = ({environment, file}: Surroundings): Layers => {
  const parsed = parseEnvFile(file.text ?? '');
  const lines = [...parsed.values].map(
    ([key, {value, line}]) =>
      [key, {value, source: `${basename(file.path)} line ${line}`}] as const,
  );
  const variables = Object.entries(environment).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, {value, source: 'environment'}] as const],
  );
  return {file: new Map(lines), environment: new Map(variables), parsed};
};

/** The file is the application's as well: what is odd about keys that nobody here reads is not our matter. */
const fileFaults = ({faults}: EnvFile, path: string): readonly Fault[] =>
  faults
    .filter(({key}) => key === undefined || isOurs(key))
    .map(({key, problem, line}) => {
      const source = `${basename(path)} line ${line}`;
      return key === undefined ? {key: source, problem, source: ''} : {key, problem, source};
    });

const isOurs = (key: string): boolean =>
  knownKeys.has(key) || fileKeys.has(key) || /^(PGKEEP|DEPLOY)_/.test(key);

const unknownKeys = ({file, environment}: Layers): readonly Fault[] =>
  [...file, ...environment].flatMap(([name, {source}]) => {
    if (!/^(PGKEEP|DEPLOY)_/.test(name) || /^PGKEEP_TEST_/.test(name) || knownKeys.has(name))
      return [];
    const meant = suggest(name, knownKeys);
    const problem = `no such setting${meant ? `: did you mean ${meant}?` : '; `pgkeep settings` lists them'}`;
    return [{key: printable(name), problem, source}];
  });

const readSecret = (
  {secretFiles}: Surroundings,
  {name, given, project}: {name: string; given: Given; project: string},
): Given | undefined => {
  if (given.value === '') return given;
  const value = withoutNewline(secretFiles?.[resolve(project, given.value)]);
  return value === undefined ? undefined : {value, source: `${name}, ${given.source}`};
};

/** Editors and `echo` end a file with a newline that is not part of the secret. */
const withoutNewline = (text: string | undefined): string | undefined =>
  text?.replace(/\r?\n$/, '');

const problemOf = (
  value: Given | undefined,
  {isDouble, mayBeEmpty}: {isDouble: boolean; mayBeEmpty: boolean},
): string | undefined => {
  if (value === undefined) return 'names a file that can not be read';
  if (isDouble) return 'is given together with the value itself: remove one of them';
  return value.value === '' && !mayBeEmpty
    ? 'is empty, which is not the same as unset: give a value or remove it'
    : undefined;
};

const modeWarning = ({file}: Surroundings, layer: Layer): readonly string[] => {
  const isOpen = ((file.mode ?? 0) & 0o077) !== 0;
  const secret = secretKeys.find((key) => layer.has(key));
  if (!isOpen || secret === undefined) return [];
  return [
    `${file.path} holds ${secret} and other users of this host can read it: chmod 600 ${file.path}`,
  ];
};

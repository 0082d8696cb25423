/** One value of an environment by itself: filled in, hard to guess, meant for production. */
import {printable} from '../redact.ts';
import type {Finding} from './finding.ts';
import {placeholderKind} from './placeholder.ts';
import {isSecretName, secretIn} from './secret-names.ts';
import {weaknessOf} from './secret-strength.ts';

export type LintedValue = {
  readonly key: string;
  readonly value: string;
  /** `.env.production line 4` */
  readonly where: string;
  /** Names that no secret should be equal to: users, databases, the keys themselves. */
  readonly names: readonly string[];
  readonly example: {readonly name: string; readonly value: string | undefined} | undefined;
};

const better = '`openssl rand -hex 24` makes a good one';

/** The gravest that is wrong with it, at most one finding. */
export const lintValue = (linted: LintedValue): readonly Finding[] => {
  const {key, value, where} = linted;
  const problem =
    value === '' ? emptiness(linted) : (placeholder(linted) ?? weakness(linted) ?? oddity(linted));
  if (problem === undefined) return [];
  const {level, rule, what, hint} = problem;
  return [{level, rule, where, what: `${printable(key)} ${what}`, hint}];
};

type Problem = Omit<Finding, 'where'>;

/** Empty on purpose, where the example has it empty too. */
const emptiness = ({key, example}: LintedValue): Problem | undefined => {
  if (example === undefined || example.value === '' || !isSecretName(key)) return undefined;
  return {
    level: example.value === undefined ? 'warning' : 'fault',
    ...{rule: 'placeholder', what: 'is empty', hint: `give it a value: ${better}`},
  };
};

const placeholder = ({key, value, example}: LintedValue): Problem | undefined => {
  const rule = 'placeholder';
  const secret = secretIn(key, value);
  const isMarked =
    placeholderKind(value, {isSecret: false}) === 'placeholder' ||
    (secret && placeholderKind(secret.value, {isSecret: true}) === 'placeholder');
  if (isMarked)
    return {level: 'fault', rule, what: 'is a placeholder', hint: 'fill in what is meant'};
  const model = example?.value === undefined ? undefined : secretIn(key, example.value);
  if (secret === undefined || model?.value !== secret.value) return undefined;
  const what = `${secret.scheme === undefined ? 'is the one' : 'has the password'} of ${example?.name}`;
  return {level: 'fault', rule, what, hint: `all who have the code know it: ${better}`};
};

const weakness = ({key, value, names}: LintedValue): Problem | undefined => {
  const secret = secretIn(key, value);
  const weak = secret && weaknessOf(secret.value, {names: [...names, key]});
  if (weak === undefined) return undefined;
  return {
    level: weak.kind === 'guessable' ? 'fault' : 'warning',
    rule: 'weak secret',
    what: secret?.scheme === undefined ? weak.what : `has a password that ${weak.what}`,
    hint: better,
  };
};

const oddity = ({key, value}: LintedValue): Problem | undefined => {
  if (placeholderKind(value, {isSecret: false}) === 'example host')
    return {
      ...{level: 'warning', rule: 'placeholder'},
      ...{what: 'names a host that only examples have', hint: 'fill in the real one'},
    };
  if (!isForDevelopment(key, value)) return undefined;
  return {
    ...{level: 'warning', rule: 'debug', what: 'is what a developer has'},
    hint: 'turn it off: errors would show code and settings to visitors',
  };
};

const isForDevelopment = (key: string, value: string): boolean =>
  (/(^|_)DEBUG(_MODE)?$/i.test(key) && /^(1|true|yes|on|enabled?)$/i.test(value)) ||
  (/^(NODE|APP|RAILS|RACK|FLASK|DJANGO|GO|ASPNETCORE|DOTNET)_ENV(IRONMENT)?$|^ENV(IRONMENT)?$/i.test(
    key,
  ) &&
    /^(dev|development|debug|test|testing|local)$/i.test(value));

/** What is thought of the version that serves now, by how it did on the copy before and after the migration. */
import type {Verdict} from './rehearsal.ts';
import {type HarmfulChange, untested} from './schema-changes.ts';

/** A service of one version on the copy. */
export type Watched = {
  readonly service: string;
  /** Why it is not well; undefined: it is, or it was a job and has ended with 0. */
  readonly failure: string | undefined;
  /** How long it took to become well. */
  readonly seconds: number;
  /** Whether docker can tell: it has a health check. */
  readonly isChecked: boolean;
  readonly isJob: boolean;
  /** How many statements it ran on the copy. */
  readonly statements: number;
  /** What the copy refused because of its schema: `column "name" does not exist`. */
  readonly refusals: readonly string[];
  /** The end of what it printed. */
  readonly log: readonly string[];
};

export type Judged = {
  readonly verdict: Verdict;
  readonly why: string;
  readonly log: readonly string[];
};

export type Evidence = {
  /** Whether the migration wrote anything. */
  readonly isAltered: boolean;
  /** Undefined: nothing serves yet. */
  readonly control: readonly Watched[] | undefined;
  /** Undefined where it was not started again. */
  readonly after: readonly Watched[] | undefined;
  /** What the migration takes away. */
  readonly changes: readonly HarmfulChange[];
  /** The statements that the version which serves now put to the migrated copy. */
  readonly asked: readonly string[];
  /** Services that are configured with the database. */
  readonly users: readonly string[];
};

const judged = (verdict: Verdict, why: string, log: readonly string[] = []): Judged => ({
  ...{verdict, why, log},
});

/** Only what uses the database can fail at its schema, and only what was well before can show it. */
export const verdictOn = (evidence: Evidence): Judged => {
  const {isAltered, control, after, users} = evidence;
  if (control === undefined)
    return judged('unknown', 'nothing serves yet: there is no version to go back to');
  if (!isAltered) return judged('safe', 'the migration changes nothing');
  const before = control.filter(
    ({service, statements, isJob}) => !isJob && (statements > 0 || users.includes(service)),
  );
  const sick = before.find(({failure}) => failure !== undefined);
  if (sick)
    return judged(
      'unknown',
      `'${sick.service}' of the version that serves now does not get well on the copy before the migration either: ${sick.failure}`,
      sick.log,
    );
  const pairs = before.flatMap((was) => {
    const is = after?.find(({service}) => service === was.service);
    return is ? [{was, is}] : [];
  });
  if (pairs.length === 0)
    return judged(
      'unknown',
      'no service of the version that serves now was seen to use the database',
    );
  return broken(pairs) ?? sound(pairs, evidence);
};

type Pair = {readonly was: Watched; readonly is: Watched};

const broken = (pairs: readonly Pair[]): Judged | undefined => {
  const failed = pairs.find(({is}) => is.failure !== undefined)?.is;
  if (failed)
    return judged(
      'unsafe',
      `'${failed.service}' of the version that serves now does not live with the migrated schema: ${failed.refusals[0] ?? failed.failure}`,
      failed.log,
    );
  for (const {was, is} of pairs) {
    const refused = is.refusals.find((each) => !was.refusals.includes(each));
    if (refused !== undefined)
      return judged(
        'unsafe',
        `'${is.service}' of the version that serves now asks for what the migrated schema refuses: ${refused}`,
        is.log,
      );
  }
  return undefined;
};

const sound = (pairs: readonly Pair[], {changes, asked}: Evidence): Judged => {
  const names = (some: readonly Pair[]) => some.map(({is}) => `'${is.service}'`).join(', ');
  const silent = pairs.filter(({is}) => is.statements === 0);
  if (silent.length > 0)
    return judged(
      'unknown',
      `${names(silent)} of the version that serves now asked the migrated copy nothing while it was watched: a health check that reads the database would tell`,
    );
  if (!pairs.some(({is}) => is.isChecked))
    return judged(
      'unknown',
      `${names(pairs)} of the version that serves now ran on the migrated copy, but has no health check that could tell whether it is well`,
    );
  const doubt = untested(changes, asked);
  if (doubt)
    return judged(
      'unknown',
      `${doubt.what}, and while the version that serves now was watched it ${doubt.harms === 'any' ? 'did not use' : 'inserted nothing into'} that table`,
    );
  return judged(
    'safe',
    `${names(pairs)} of the version that serves now got well on the migrated copy, and nothing it asked was refused`,
  );
};

/** What `deploy` does for each of its words, and which flags mean something there. */
import {OpsError} from '../lib/model/errors.ts';
import {suggest} from '../lib/model/suggest.ts';

const deciding = ['mode', 'rehearse', 'allowSkew'] as const;

/** By action, the flags that do something there; the common ones do everywhere. */
export const actions = {
  deploy: [...deciding, 'plan', 'yes', 'dryRun', 'backups', 'tools'],
  plan: [...deciding, 'out', 'backups', 'tools'],
  rehearse: ['backups', 'tools'],
  status: ['tools'],
  history: [],
  resume: ['yes', 'backups', 'tools'],
  rollback: ['data', 'force', 'yes', 'dryRun', 'backups', 'tools'],
  unlock: ['yes', 'tools'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Action = keyof typeof actions;

/** Errors: usage for a word that is none, or a flag that would do nothing. */
export const actionOf = (
  word: string | undefined,
  given: Readonly<Record<string, unknown>>,
): Action => {
  const action = word ?? 'deploy';
  const names = Object.keys(actions);
  if (!isAction(action)) {
    const meant = suggest(action, names);
    throw new OpsError('usage', `deploy knows no '${action}'`, {
      hint: meant ? `did you mean ${meant}?` : `it knows ${names.slice(1).join(', ')}`,
    });
  }
  const known: readonly string[] = actions[action];
  const own = new Set<string>(Object.values(actions).flat());
  const idle = Object.entries(given).find(
    ([key, value]) =>
      own.has(key) && value !== undefined && value !== false && !known.includes(key),
  );
  if (!idle) return action;
  const flag = idle[0].replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new OpsError('usage', `--${flag} does nothing for deploy ${word ?? ''}`.trim(), {
    hint: `it is for deploy ${Object.entries<readonly string[]>(actions)
      .filter(([, flags]) => flags.includes(idle[0]))
      .map(([name]) => (name === 'deploy' ? 'itself' : name))
      .join(', ')}`,
  });
};

const isAction = (word: string): word is Action => Object.hasOwn(actions, word);

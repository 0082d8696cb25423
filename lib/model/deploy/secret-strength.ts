/** How hard a secret is to guess: by what people choose, and by how many there are of its kind. */

export type Weakness = {
  /** `guessable`: among the first that anybody tries. `short`: can be found out by trying on. */
  readonly kind: 'guessable' | 'short';
  /** What is weak about it, without the secret: `is a common word`. */
  readonly what: string;
};

/** Below this many bits a stolen hash is searched through within days. */
const enoughBits = 60;
/** Nobody tries words and rows one after the other beyond this length. */
const longestGuess = 40;

/** Of which weak secrets are made, alone or several of them one after the other. */
const commonWords = (
  'password passwd passwort pass pwd secret secrets key token super very strong insecure unsafe default ' +
  'admin administrator root user test testing dev develop development prod production staging local demo ' +
  'postgres postgresql database db sql app application web site api my the a our new old this is not for ' +
  'please welcome letmein login guest master monkey dragon qwerty asdf asdfgh qwertz iloveyou abc django ' +
  'flask rails laravel jwt session cookie hash salt auth mysecret supersecret secretkey hello world server'
).split(' ');

/** What is weak about a secret; undefined where nothing is. `names`: what stands beside it, which nobody should choose. */
export const weaknessOf = (
  secret: string,
  {names = []}: {readonly names?: readonly string[]} = {},
): Weakness | undefined => {
  const guessable = (what: string) => ({kind: 'guessable', what}) as const;
  const plain = secret.toLowerCase();
  if (secret.length < 6) return guessable('has fewer than 6 characters');
  if (names.some((name) => name.length > 2 && name.toLowerCase() === plain))
    return guessable('is the name of its user, database or setting');
  if (/^django-insecure-/.test(secret)) return guessable('is one that Django calls insecure');
  if (isMadeOfWords(plain)) return guessable('is made of common words');
  if (new Set(secret).size <= 3) return guessable('repeats the same few characters');
  if (isRow(plain)) return guessable('is a row of neighbours on the keyboard or in the alphabet');
  if (bitsOf(secret) >= enoughBits) return undefined;
  return {kind: 'short', what: 'is short or repeats itself: it can be found out by trying'};
};

/** `P4ssw0rd!2024`, `my-super-secret-key`: nothing is left when common words, digits and marks are taken out. */
const isMadeOfWords = (plain: string): boolean => {
  if (plain.length > longestGuess) return false;
  const end = /[^a-z]*$/.exec(plain)?.[0] ?? '';
  const head = plain.slice(0, plain.length - end.length);
  const letters = [plain, head.replace(/[4301$@5]/g, (mark) => lookalikes[mark] ?? mark) + end];
  return letters.some((text) => {
    const parts = text.split(/[^a-z]+/).filter(Boolean);
    const digits = text.replace(/\D/g, '').length;
    return parts.length > 0 && digits <= 6 && parts.every(isWords);
  });
};

const lookalikes: Readonly<Record<string, string>> = {
  ...{'4': 'a', '@': 'a', '3': 'e', '0': 'o', '1': 'i', '5': 's', $: 's'},
};

const isWords = (part: string): boolean =>
  part === '' ||
  commonWords.some((word) => part.startsWith(word) && isWords(part.slice(word.length)));

const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
const bothWays = [...rows, ...rows.map((row) => [...row].reverse().join(''))];

/** `123456`, `abcdefgh`, `abc12345`: pieces of at least three neighbours each. */
const isRow = (plain: string): boolean => {
  if (plain === '') return true;
  if (plain.length > longestGuess) return false;
  for (let length = plain.length; length >= 3; length -= 1)
    if (bothWays.some((row) => row.includes(plain.slice(0, length))))
      return isRow(plain.slice(length));
  return false;
};

/** As if each character were drawn from its kind, less where the same ones come again and again. */
const bitsOf = (secret: string): number => {
  const pool = /^[\da-f]+$/i.test(secret)
    ? 16
    : (/[a-z]/.test(secret) ? 26 : 0) +
      (/[A-Z]/.test(secret) ? 26 : 0) +
      (/\d/.test(secret) ? 10 : 0) +
      (/[^a-zA-Z\d]/.test(secret) ? 33 : 0);
  const variety = new Set(secret).size / Math.min(secret.length, pool);
  return secret.length * Math.log2(pool) * variety;
};

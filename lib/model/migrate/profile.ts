/**
 * What the values of a SQLite column are, whatever its declaration says. Two readings of each table, both
 * in C: the first asks the same of every column, the second what the first one made worth asking.
 */
import {type DeclaredType, readDeclared} from './declared-type.ts';
import {textForms} from './text-forms.ts';

export type StorageClass = 'null' | 'integer' | 'real' | 'text' | 'blob';

/** Numbers sort before texts, texts before blobs: the ends tell most of the classes between. */
export type FirstLook = {
  /** That are not NULL. */
  readonly values: number;
  readonly least: Shown;
  readonly greatest: Shown;
};

/** A value as evidence: at most 60 characters; a blob in hex. */
export type Shown = {readonly storage: StorageClass; readonly text: string};

/** Asked of a column in the second reading; the answer is a number of values, or a length. */
export type Question =
  | 'integers'
  | 'reals'
  | 'texts'
  | 'blobs'
  | 'decimals'
  | 'beyondDouble'
  | 'wholeMicroseconds'
  | 'julianMilliseconds'
  | 'nul'
  | 'backslash'
  | 'tab'
  | 'lineFeed'
  | 'return'
  | 'backspace'
  | 'verticalTab'
  | 'formFeed'
  | 'longest'
  | 'json'
  | 'integerTexts'
  | 'infinities'
  | `form ${string}`;

export type Profile = FirstLook & {
  readonly rows: number;
  readonly answers: ReadonlyMap<Question, number>;
  /** Texts that are no UTF-8. */
  readonly invalid: number;
};

export type Asked = {
  readonly declared: string;
  /** Types are to be found out from the values too. */
  readonly infers: boolean;
  /** Part of a foreign key: its type may have to follow its parent's. */
  readonly refers: boolean;
};

export const classes: readonly Question[] = ['integers', 'reals', 'texts', 'blobs'];

/** What is worth asking of a column. Nothing where it is empty or all of one plain class. */
export const questionsFor = (look: FirstLook, asked: Asked): readonly Question[] => {
  if (look.values === 0) return [];
  const [least, greatest] = [look.least.storage, look.greatest.storage];
  const isNumber = (storage: StorageClass) => storage === 'integer' || storage === 'real';
  if (isNumber(least) && isNumber(greatest))
    return numberQuestions(look, readDeclared(asked.declared));
  if (least === 'text' && greatest === 'text') return textQuestions(look, asked);
  if (least === 'blob' && greatest === 'blob') return [];
  return [...classes, 'infinities', ...anyText(asked)];
};

/** A limit is asked for only where one is declared. */
const anyText = ({declared}: Asked): readonly Question[] => [
  'nul',
  ...(readDeclared(declared).sizes.length > 0 ? (['longest'] as const) : []),
];

/** What COPY says by a backslash and a letter. */
const escaped: readonly Question[] = [
  ...(['backslash', 'tab', 'lineFeed', 'return', 'backspace', 'verticalTab', 'formFeed'] as const),
];

const numberQuestions = (look: FirstLook, {meaning}: DeclaredType): readonly Question[] => {
  const isReal = look.least.storage === 'real' || look.greatest.storage === 'real';
  const isTime = meaning === 'moment' || meaning === 'date';
  return [
    'reals',
    ...(isReal ? (['decimals'] as const) : []),
    ...(isTime ? (['wholeMicroseconds', 'julianMilliseconds'] as const) : []),
  ];
};

/** Forms that are compared with the whole value: a text that has one is plain ASCII to its last byte. */
const exactForms: readonly Question[] = [
  ...(['form date', 'form time', 'form moment'] as const),
  ...(['form boolean words', 'form boolean letters'] as const),
];

/** Whether the answers tell by themselves that all values are plain ASCII with nothing in it to escape. */
export const isPlainByForm = ({values, answers}: Pick<Profile, 'values' | 'answers'>): boolean =>
  values > 0 && exactForms.some((form) => answers.get(form) === values);

/**
 * What the answers so far make worth asking: of texts where some text of the table is more than plain
 * ASCII, of numbers where fractions stand between or beside whole ones.
 */
export const furtherQuestions = (
  profile: Profile,
  {isPlain}: {readonly isPlain: boolean},
): readonly Question[] => {
  const {text, real, integer} = classesOf(profile);
  const isOpen = (question: Question) => !profile.answers.has(question);
  const isText = text > 0 && !isPlainByForm(profile);
  return [
    ...(isText ? (['nul'] as const).filter(isOpen) : []),
    ...(isText && !isPlain ? escaped : []),
    ...(real > 0 && text === 0 ? (['decimals'] as const).filter(isOpen) : []),
    ...(real > 0 && integer > 0 ? (['beyondDouble'] as const) : []),
  ];
};

const textQuestions = (look: FirstLook, asked: Asked): readonly Question[] => {
  const {infers, refers} = asked;
  const {least, greatest} = look;
  const both = (pattern: RegExp) => pattern.test(least.text) && pattern.test(greatest.text);
  const forms: readonly Question[] = infers
    ? [
        ...textForms
          .filter(({looksLike}) => both(looksLike))
          .map(({name}): Question => `form ${name}`),
        ...(both(/^[[{]/) ? (['json'] as const) : []),
        ...(both(/^(true|false)$/) ? (['form boolean words'] as const) : []),
        ...(both(/^[tf]$/) ? (['form boolean letters'] as const) : []),
        ...(both(/^\{.*\}$/) ? (['form array'] as const) : []),
      ]
    : [];
  // Where all are of such a form none holds a NUL, and it need not be looked for.
  const mayBeExact = forms.some((form) => exactForms.includes(form));
  return [
    ...anyText(asked).filter((question) => question !== 'nul' || !mayBeExact),
    ...forms,
    ...(refers && both(/^-?\d+$/) ? (['integerTexts'] as const) : []),
  ];
};

/** How often an answer was yes; 0 where it was not asked. */
export const countOf = ({answers}: Profile, question: Question): number =>
  answers.get(question) ?? 0;

/** The values of each class, known from both readings. */
export const classesOf = (
  profile: Profile,
): Readonly<Record<Exclude<StorageClass, 'null'>, number>> => {
  const {values, least, greatest} = profile;
  const none = {integer: 0, real: 0, text: 0, blob: 0};
  if (values === 0) return none;
  if (profile.answers.has('texts'))
    return {
      integer: countOf(profile, 'integers'),
      real: countOf(profile, 'reals'),
      text: countOf(profile, 'texts'),
      blob: countOf(profile, 'blobs'),
    };
  if (least.storage === 'text' || greatest.storage === 'blob')
    return {...none, [greatest.storage]: values};
  const real = countOf(profile, 'reals');
  return {...none, integer: values - real, real};
};

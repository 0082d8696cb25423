/** The type of a column whose values are all texts. */
import {type Choice, declaredOf, type Ground, plain, widenedUnless} from './choose-type.ts';
import type {DeclaredType} from './declared-type.ts';
import {countOf, type Profile} from './profile.ts';
import {textForms} from './text-forms.ts';

export const chooseText = (profile: Profile, ground: Ground): Choice => {
  const declared = declaredOf(ground);
  const bytes = (why: string): Choice => ({
    ...{type: 'bytea', form: 'bytes of anything', why, isWidened: true},
  });
  const nul = countOf(profile, 'nul');
  if (nul > 0) return bytes(`${nul} of the texts hold a NUL, which no text of PostgreSQL can`);
  if (profile.invalid > 0)
    return bytes(
      `${profile.invalid} of the texts are no UTF-8, which a text of PostgreSQL has to be`,
    );
  const inferred = ground.infers ? chooseForm(profile, declared) : undefined;
  if (inferred) return inferred;
  const type = limitedText(declared, countOf(profile, 'longest'));
  const isMeant = /text|any/.test(declared.meaning);
  const range = `texts from '${profile.least.text}' to '${profile.greatest.text}'`;
  const why = isMeant
    ? (tooLong(declared, profile) ?? 'declared so')
    : `declared '${ground.declared}', but not every value has one form of it: ${range}`;
  return widenedUnless(isMeant, {type, form: 'text', why});
};

/** Every value of one form, by which it comes back letter by letter. */
const chooseForm = (profile: Profile, declared: DeclaredType): Choice | undefined => {
  const isAll = (count: number) => count === profile.values;
  const form = textForms.find(({name}) => isAll(countOf(profile, `form ${name}`)));
  if (form)
    return plain({
      ...{type: form.type, form: 'text form', textForm: form.name},
      why: `every value is like '${profile.least.text}'`,
    });
  if (declared.meaning === 'array' && isAll(countOf(profile, 'form array')))
    return plain({type: 'text[]', form: 'array', why: 'declared so, every value is a plain list'});
  if (isAll(countOf(profile, 'json')))
    return plain({
      type: 'json',
      form: 'json',
      why: 'every value is valid JSON; kept letter by letter',
    });
  if (declared.meaning !== 'boolean') return undefined;
  const spellings = ['boolean words', 'boolean letters'] as const;
  const spelling = spellings.find((each) => isAll(countOf(profile, `form ${each}`)));
  return (
    spelling && plain({type: 'boolean', form: spelling, why: 'declared so, every value says it'})
  );
};

const longestLimit = 10_485_760;

export const limitedText = ({sizes, meaning}: DeclaredType, longest: number): string => {
  const [size = 0, ...more] = sizes;
  const isLimit = meaning === 'text' && more.length === 0 && size > 0 && size <= longestLimit;
  return isLimit && longest <= size ? `character varying(${size})` : 'text';
};

const tooLong = ({sizes: [size = 0]}: DeclaredType, profile: Profile): string | undefined => {
  const longest = countOf(profile, 'longest');
  return size > 0 && longest > size
    ? `declared with at most ${size} characters, the longest value has ${longest}`
    : undefined;
};

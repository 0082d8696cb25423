/**
 * Numbers that are moments: only in columns declared so, only where every value lies within the years that
 * one unit makes of it and no other, and only where the number comes back.
 */
import type {Choice, Form, Ground} from './choose-type.ts';
import type {DeclaredType} from './declared-type.ts';
import {classesOf, countOf, type Profile} from './profile.ts';

/** 1975 to 2100, in seconds since 1970: an application's times. */
const [earliest, latest] = [157_766_400, 4_102_444_800];
const from1601 = 11_644_473_600;
const from2001 = 978_307_200;

type Unit = {
  readonly form: Form;
  readonly told: string;
  readonly from: number;
  readonly to: number;
};

const units: readonly Unit[] = [
  {form: 'epoch seconds', told: 'seconds since 1970', from: earliest, to: latest},
  {
    form: 'epoch milliseconds',
    told: 'milliseconds since 1970',
    from: earliest * 1e3,
    to: latest * 1e3,
  },
  {
    form: 'epoch microseconds',
    told: 'microseconds since 1970',
    from: earliest * 1e6,
    to: latest * 1e6,
  },
  {
    ...{form: 'webkit', told: 'microseconds since 1601 (WebKit)'},
    from: (earliest + from1601) * 1e6,
    to: (latest + from1601) * 1e6,
  },
];

/** Undefined: the column stays a number. */
export const chooseMoment = (
  profile: Profile,
  {infers, isCoreData}: Ground,
  {meaning}: DeclaredType,
): Choice | undefined => {
  if (!infers || (meaning !== 'moment' && meaning !== 'date')) return undefined;
  const [least, greatest] = [Number(profile.least.text), Number(profile.greatest.text)];
  const lies = (from: number, to: number) => least >= from && greatest < to;
  const moment = (form: Form, told: string, type = 'timestamp with time zone'): Choice => ({
    ...{type, form, isWidened: false},
    why: `declared so, every value within 1975 and 2100 as ${told}`,
  });
  const {real} = classesOf(profile);
  const isExact = countOf(profile, 'wholeMicroseconds') === profile.values;
  if (isCoreData)
    return isExact && lies(earliest - from2001, latest - from2001)
      ? moment('cocoa', 'seconds since 2001 (Core Data)')
      : undefined;
  if (real === 0) {
    const unit = units.find(({from, to}) => lies(from, to));
    return unit && moment(unit.form, unit.told);
  }
  if (isExact && lies(earliest, latest)) return moment('epoch real', 'seconds since 1970');
  const isJulian = countOf(profile, 'julianMilliseconds') === profile.values;
  return isJulian && lies(2_442_413, 2_488_070)
    ? moment('julian', 'Julian days, to the millisecond', 'timestamp without time zone')
    : undefined;
};

/**
 * The kinds of value that a setting or a flag can have: what is expected, in words, and how a text
 * becomes a value. One strict grammar for all: no spaces, no hexadecimal, no exponent, no default.
 */
import {resolve} from 'node:path';
import {type Compression, parseCompression} from './compression.ts';

export type Kind<Value> = {
  /** Completes the sentence "expected …". */
  readonly expects: string;
  /** The value, or undefined where the text does not fit. `folder` is what relative paths start from. */
  readonly parse: (text: string, folder: string) => Value | undefined;
};

/** A whole number in decimal, `from` and `to` included. */
export const wholeNumber = ({from, to}: {from: number; to: number}): Kind<number> => ({
  expects: `a whole number from ${from} to ${to}`,
  parse: (text) => within(/^\d{1,15}$/.test(text) ? Number(text) : undefined, {from, to}),
});

const unitSeconds: Readonly<Record<string, number>> = {'': 1, s: 1, m: 60, h: 3_600, d: 86_400};

/** Seconds: a number alone, or with a unit (`90`, `90s`, `30m`, `6h`, `2d`); a fraction is welcome. */
export const duration = ({from, to}: {from: number; to: number}): Kind<number> => ({
  expects: `seconds from ${from} to ${to}, or a time such as 90s, 30m, 6h`,
  parse: (text) => {
    const [, amount, unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?)([smhd]?)$/.exec(text) ?? [];
    if (amount === undefined) return undefined;
    return within(Number(amount) * (unitSeconds[unit] ?? 1), {from, to});
  },
});

const unitBytes: Readonly<Record<string, number>> = {
  ...{kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12},
  ...{KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40},
};

/** Bytes: a number with a unit, in powers of ten as disks are sold (`50GB`), or of two (`50GiB`). */
export const size = ({from, to}: {from: number; to: number}): Kind<number> => ({
  expects: `a size from ${from / 1e6}MB to ${to / 1e12}TB, such as 50GB`,
  parse: (text) => {
    const [, amount, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)([kKMGT]i?B)$/.exec(text) ?? [];
    const factor = unitBytes[unit];
    if (amount === undefined || factor === undefined) return undefined;
    return within(Math.round(Number(amount) * factor), {from, to});
  },
});

/** One of these words. */
export const choice = <const Word extends string>(...words: readonly Word[]): Kind<Word> => ({
  expects: words.join(', ').replace(/, ([^,]*)$/, ' or $1'),
  parse: (text) => words.find((word) => word === text),
});

/** An absolute path; a relative one starts from the folder of whoever gave it. */
export const path = (): Kind<string> => ({
  expects: 'a path',
  parse: (text, folder) => (text.includes('\0') ? undefined : resolve(folder, text)),
});

/** `none`, or a method with or without its level. */
export const compression = (): Kind<Compression> => ({
  expects: 'gzip, gzip:1 to gzip:9, zstd, zstd:1 to zstd:19, or none',
  parse: parseCompression,
});

export type LogLevel = 'debug' | 'info' | 'warn';

const logLevels: Readonly<Record<string, LogLevel>> = {
  trace: 'debug',
  debug: 'debug',
  verbose: 'debug',
  info: 'info',
  notice: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'warn',
  critical: 'warn',
  fatal: 'warn',
};

/** LOG_LEVEL is the application's as well: what the usual loggers call their levels is understood. */
export const logLevel = (): Kind<LogLevel> => ({
  expects: Object.keys(logLevels).join(', '),
  parse: (text) => logLevels[text.toLowerCase()],
});

/** Where the tools run. */
export type ToolPlace =
  | {readonly kind: 'auto' | 'local'}
  | {readonly kind: 'compose'; readonly service: string}
  | {readonly kind: 'image'; readonly image: string};

/** No name can be taken for a flag, or for anything but a name by whatever shell it comes near. */
export const toolPlace = (): Kind<ToolPlace> => ({
  expects: 'auto, local, compose:SERVICE or image:NAME',
  parse: (text) => {
    if (text === 'auto' || text === 'local') return {kind: text};
    const [, service] = /^compose:([a-z0-9][\w.-]{0,127})$/i.exec(text) ?? [];
    if (service !== undefined) return {kind: 'compose', service};
    const [, image] = /^image:([a-z0-9][\w./:@-]{0,254})$/i.exec(text) ?? [];
    return image === undefined ? undefined : {kind: 'image', image};
  },
});

/** A name as compose gives to services and projects. */
export const composeName = (): Kind<string> => ({
  expects: 'a name of letters, digits, dots, dashes and underscores',
  parse: (text) => (/^[a-z0-9][\w.-]{0,127}$/i.test(text) ? text : undefined),
});

const within = (value: number | undefined, {from, to}: {from: number; to: number}) =>
  value !== undefined && value >= from && value <= to ? value : undefined;

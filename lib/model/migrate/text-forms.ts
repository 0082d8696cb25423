/**
 * The forms of text that a PostgreSQL type holds and gives back letter by letter. A column has a form
 * only where every value of it has: '2020-01-02 03:04:05.5' is no timestamp, since '.50' would come back
 * the same as '.5' went in.
 */
export type TextForm = {
  readonly name: string;
  readonly type: string;
  /** For the ends of a column: whether it is worth asking. */
  readonly looksLike: RegExp;
  /** A value of the form, each digit a `0`, each hex digit an `f`: its pattern for GLOB. */
  readonly shape: string;
  /** How the moment in it is checked: 30 February is none. Undefined: the shape is all. */
  readonly moment?: 'date' | 'moment' | 'time';
  /** How PostgreSQL writes it in this form; undefined where that is its own. */
  readonly canonical?: string;
};

const day = String.raw`\d{4}-\d\d-\d\d`;

const momentForm = (
  name: string,
  {type, ...parts}: {type: string; separator: ' ' | 'T'; fraction: 0 | 3 | 6; zone: string},
): TextForm => {
  const {separator, fraction, zone} = parts;
  const digits = fraction === 0 ? '' : `.${'0'.repeat(fraction)}`;
  const escapedZone = zone.replace('+', String.raw`\+`);
  const pattern = `^${day}${separator}\\d\\d:\\d\\d:\\d\\d${fraction === 0 ? '' : `\\.\\d{${fraction}}`}${escapedZone}$`;
  const format = `YYYY-MM-DD"${separator}"HH24:MI:SS${['', '', '', '.MS', '', '', '.US'][fraction]}${zone === '' ? '' : `"${zone}"`}`;
  const isOwn = separator === ' ' && fraction === 0 && zone === '';
  const value = zone === '' ? '{x}' : "({x} AT TIME ZONE 'UTC')";
  return {
    name,
    type,
    looksLike: new RegExp(pattern),
    shape: `0000-00-00${separator}00:00:00${digits}${zone.replaceAll('0', '\u0000')}`,
    moment: 'moment',
    ...(isOwn ? {} : {canonical: `to_char(${value}, '${format}')`}),
  };
};

const withoutZone = 'timestamp without time zone';
const withZone = 'timestamp with time zone';

const separators = [' ', 'T'] as const;
const fractions = [0, 3, 6] as const;
const zones = ['', 'Z', '+00:00', '+00'] as const;

export const textForms: readonly TextForm[] = [
  {
    name: 'date',
    type: 'date',
    looksLike: new RegExp(`^${day}$`),
    shape: '0000-00-00',
    moment: 'date',
  },
  {
    name: 'time',
    type: 'time without time zone',
    looksLike: /^\d\d:\d\d:\d\d$/,
    shape: '00:00:00',
    moment: 'time',
  },
  ...zones.flatMap((zone) =>
    separators.flatMap((separator) =>
      fractions.map((fraction) =>
        momentForm(
          `moment${separator === 'T' ? ' T' : ''}${fraction === 0 ? '' : ` .${fraction}`}${zone === '' ? '' : ` ${zone}`}`,
          {
            type: zone === '' ? withoutZone : withZone,
            ...{separator, fraction, zone},
          },
        ),
      ),
    ),
  ),
  {
    name: 'uuid',
    type: 'uuid',
    looksLike: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    shape: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  },
];

export const textForm = (name: string): TextForm | undefined =>
  textForms.find((form) => form.name === name);

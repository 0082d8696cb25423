/** How the server is asked for a value, where its own text is not what the source writes for comparing. */
import type {Choice, Form} from '../model/migrate/choose-type.ts';
import {textForm} from '../model/migrate/text-forms.ts';

/** What the server says in the form that is compared; undefined where that is its own. */
export const canonicalOf = ({form, textForm: name}: Choice): string | undefined =>
  form === 'text form' ? textForm(name ?? '')?.canonical : canonicals[form];

const microseconds = `(extract(epoch from {x}) * 1000000)::bigint`;

const canonicals: Partial<Record<Form, string>> = {
  double: `upper(encode(float8send({x}), 'hex'))`,
  numeric: `CASE WHEN {x} = trunc({x}) AND {x} BETWEEN -9223372036854775808 AND 9223372036854775807 THEN trunc({x})::text ELSE upper(encode(float8send({x}::double precision), 'hex')) END`,
  'epoch seconds': `extract(epoch from {x})::bigint`,
  'epoch milliseconds': `(extract(epoch from {x}) * 1000)::bigint`,
  'epoch microseconds': microseconds,
  'epoch real': microseconds,
  webkit: `(extract(epoch from {x}) * 1000000)::bigint + 11644473600000000`,
  cocoa: `(extract(epoch from {x}) * 1000000)::bigint - 978307200000000`,
  julian: `to_char({x}, 'YYYY-MM-DD HH24:MI:SS.MS')`,
};

/** Forms whose lines for loading are those for comparing too. */
export const comparesAsLoaded = (choice: Choice): boolean =>
  choice.form === 'text form' || canonicals[choice.form] === undefined;

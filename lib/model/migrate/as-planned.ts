/** A column of the target that has another type than a migrate would give it, said as that type says the same value. */
import type {IncomingColumn, IncomingTable} from './incoming.ts';
import type {TargetColumn} from './target-table.ts';
import {type Family, shapeOf} from './type-family.ts';

/** For comparing with tables of the application: what is said otherwise is the same; what is another value differs still. */
export const asPlanned = (
  table: IncomingTable,
  there: readonly Pick<TargetColumn, 'name' | 'type'>[],
): IncomingTable => ({
  ...table,
  columns: table.columns.map((column) => {
    const type = there.find(({name}) => name === column.name)?.type;
    const said = type === undefined ? undefined : saidAs(type, column);
    if (said === undefined) return column;
    return {...column, canonical: (column.canonical ?? '{x}').replaceAll('{x}', () => said)};
  }),
});

const wholes: ReadonlySet<Family> = new Set(['smallint', 'integer', 'bigint']);
const numbers: ReadonlySet<Family> = new Set([...wholes, 'numeric']);

const isMoment = (family: Family) => family === 'timestamp' || family === 'timestamptz';

const saidAs = (type: string, planned: IncomingColumn): string | undefined => {
  const [from, to] = [shapeOf(type)?.family, shapeOf(planned.type)?.family];
  if (from === undefined || to === undefined || from === to) return undefined;
  if (from === 'boolean' && numbers.has(to)) return '({x}::int)';
  if (numbers.has(from) && to === 'boolean')
    return `CASE {x} WHEN 1 THEN 't' WHEN 0 THEN 'f' ELSE {x}::text END`;
  // As rows are brought into either: a time without a zone is one of UTC.
  if (isMoment(from) && isMoment(to)) return `({x} AT TIME ZONE 'UTC')`;
  if (from === 'numeric' && wholes.has(to)) return 'trim_scale({x})';
  if ((from === 'double' || from === 'real') && wholes.has(to))
    return 'CASE WHEN {x} = trunc({x}) AND abs({x}) < 1e15 THEN {x}::bigint::text ELSE {x}::text END';
  return undefined;
};

/** Decides a migrate of rows alone, into tables that the application has made: looks at the target, touches nothing. */

import * as staging from '../../commands/migrate-staging.ts';
import {targetTables} from '../../commands/migrate-target.ts';
import {identifier} from '../../commands/sql.ts';
import {classColumnsOf, unfedLines, withClassColumns} from '../../model/migrate/class-columns.ts';
import {loadOrder} from '../../model/migrate/incoming.ts';
import {policyOf} from '../../model/migrate/migrate-map.ts';
import type {MigratePlan} from '../../model/migrate/migrate-plan.ts';
import {takenLine} from '../../model/migrate/policy.ts';
import {
  type OnExisting,
  planRows,
  type RowPlan,
  rowRefusals,
} from '../../model/migrate/row-plan.ts';
import type {Refusal} from '../../model/migrate/seeded.ts';
import type {TargetTable} from '../../model/migrate/target-table.ts';
import {wayAroundSecurity} from '../../model/row-security.ts';
import {idFor} from '../../model/set-id.ts';
import {type Server, withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import type {RunSchema} from './left.ts';
import type {Target, TargetFacts} from './look-at-target.ts';
import type {SqliteSource} from './sqlite-source.ts';

/** The tables that rows can go into. */
export const tablesOf = (
  context: Context,
  {server, facts}: Target,
): Promise<readonly TargetTable[]> =>
  withServerSession(context, server, (session) =>
    session.query<TargetTable>(targetTables(facts.schema)),
  );

/** Faults and refusals of the plan are in it. Errors: unavailable. */
export const planFill = async (
  context: Context,
  {server, facts}: Target,
  {source, onExisting}: {readonly source: SqliteSource; readonly onExisting: OnExisting},
): Promise<{readonly plan: MigratePlan; readonly server: Server}> => {
  const {schema} = facts;
  const {fitted, wanted} = source;
  const classColumns = classColumnsOf(source.named);
  const matched = withClassColumns(fitted?.tables ?? [], classColumns);
  const {present, schemas} = await withServerSession(context, server, async (session) => {
    const counts = new Map<string, number>();
    for (const {target} of matched) {
      const [count = 0] =
        target.mayWrite && !target.hidesRows
          ? await session.query<number>(staging.countTree(schema, target.name))
          : [];
      counts.set(target.name, count);
    }
    return {present: counts, schemas: await session.query<RunSchema>(staging.runSchemas)};
  });
  const highWaters = new Map(
    source.named.flatMap(({fact, highWater}) =>
      highWater === undefined ? [] : [[fact.name, highWater] as const],
    ),
  );
  const plans = planRows(matched, {map: wanted, onExisting, present, highWaters});
  const taken = schemas.flatMap(
    ({name}) => /_(\d{8}t\d{6}z)$/.exec(name)?.[1]?.toUpperCase() ?? [],
  );
  const plan: MigratePlan = {
    run: idFor(context.now, taken),
    source: source.label,
    database: server.facts.database,
    ...{schema, role: facts.role, rows: plans},
    server: {
      address: server.facts.address,
      port: server.facts.port,
      version: server.version.text,
    },
    tables: loadOrder(source.tables).map(({source: from, name, rows: count}) => ({
      ...{source: from, name, rows: count, present: undefined},
    })),
    partitionsAside: [],
    notCarried: [],
    cautions: fitted ? [...fitted.cautions, ...unfedLines(fitted, classColumns)] : [],
    faults: faultsOf(facts, plans),
    refusals: [...(fitted?.refusals ?? []), ...misfits(source), ...rowRefusals(plans, {schema})],
    savesFirst: facts.userTables > 0,
  };
  return {plan, server};
};

/** Values that the columns of the target can't hold, where nobody has said what becomes of them. */
const misfits = ({accounts, wanted}: SqliteSource): readonly Refusal[] =>
  accounts.flatMap(({table, taken}) =>
    taken
      .filter(({column, reason}) => {
        const odd = policyOf(wanted, table, column)['on-odd'];
        return reason.startsWith('no ') && (odd === undefined || odd === 'widen');
      })
      .map((each) => ({
        what: takenLine({...each, deed: 'misfit'}),
        hint: `say in the map what becomes of them: on-odd: reject or on-odd: null for '${each.column}' of '${table}'`,
      })),
  );

const faultsOf = (facts: TargetFacts, plans: readonly RowPlan[]): MigratePlan['faults'] => [
  ...(facts.mayCreateSchema
    ? []
    : [
        {
          what: `'${facts.role}' may not create schemas in the target`,
          hint: `GRANT CREATE ON DATABASE … TO ${identifier(facts.role)};`,
        },
      ]),
  ...plans.flatMap((plan) => tableFaults(facts, plan)),
];

const tableFaults = ({role, schema}: TargetFacts, {name, how, target}: RowPlan) => {
  const faults: {what: string; hint: string}[] = [];
  if (!target.mayWrite)
    faults.push({
      what: `'${role}' may not read and write the table '${name}'`,
      hint: `GRANT SELECT, INSERT ON ${identifier(schema)}.${identifier(name)} TO ${identifier(role)};`,
    });
  if (!target.isMine && (how === 'truncate' || target.triggers.length > 0))
    faults.push({
      what: `'${role}' does not own the table '${name}', which is to be emptied, or whose triggers are not to fire`,
      hint: 'run as its owner, or as a member of that role',
    });
  if (target.hidesRows)
    faults.push({
      what: `the role '${role}' would not see every row of '${name}' (row-level security)`,
      hint: wayAroundSecurity({role, schema, name}),
    });
  if (target.hasRules)
    faults.push({
      what: `the table '${name}' has rules, which turn an INSERT into something else`,
      hint: 'drop them for the time of the migrate',
    });
  return faults;
};

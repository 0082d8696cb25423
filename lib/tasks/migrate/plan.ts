/** Decides a migrate: looks at the target, touches nothing. */

import {treesBelow} from '../../commands/migrate-partitions.ts';
import * as staging from '../../commands/migrate-staging.ts';
import {identifier} from '../../commands/sql.ts';
import {displayIdentifier} from '../../model/catalog.ts';
import {OpsError} from '../../model/errors.ts';
import {loadOrder, relationsOf} from '../../model/migrate/incoming.ts';
import {type MigratePlan, presentLines, type TablePlan} from '../../model/migrate/migrate-plan.ts';
import {beforeSchema} from '../../model/migrate/run-note.ts';
import {idFor} from '../../model/set-id.ts';
import {type Server, withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import type {RunSchema} from './left.ts';
import type {Target, TargetFacts} from './look-at-target.ts';
import {refuseRows} from './refuse-rows.ts';
import type {Source} from './source.ts';

export type Planned = {readonly plan: MigratePlan; readonly server: Server};

type Present = {
  readonly name: string;
  readonly kind: string;
  readonly isMine: boolean;
  readonly hidesRows: boolean;
  readonly isExtension: boolean;
  readonly ownedBy: string | null;
  readonly indexOf: string | null;
};

/** Faults of the plan are in it. Errors: unavailable. */
export const planMigrate = async (
  context: Context,
  {server, facts}: Target,
  source: Source,
): Promise<Planned> => {
  const {schema} = facts;
  const names = new Set([...source.tables.flatMap(relationsOf), ...viewsOf(source)]);
  const found = await withServerSession(context, server, async (session) => {
    const relations = await session.query<Present>(staging.presentRelations(schema));
    const inTheWay = relations.filter(({name}) => names.has(name));
    const counts = new Map<string, number>();
    for (const {name, kind, isMine, hidesRows} of inTheWay) {
      if (!isMine || hidesRows || !'rp'.includes(kind)) continue;
      const [rows] = await session.query<number>(staging.countTree(schema, name));
      if (rows !== undefined) counts.set(name, rows);
    }
    const schemas = await session.query<RunSchema>(staging.runSchemas);
    const replacing = inTheWay.map(({name}) => name);
    const dependents = await session.query<Dependent>(staging.dependents(schema, replacing));
    const below = await session.query<string>(treesBelow(schema, replacing));
    return {inTheWay, counts, schemas, dependents, below};
  });
  const taken = found.schemas.flatMap(
    ({name}) => /_(\d{8}t\d{6}z)$/.exec(name)?.[1]?.toUpperCase() ?? [],
  );
  const present = (name: string) => presentOf(found, name);
  const tables = loadOrder(source.tables).map(
    ({source, name, rows}): TablePlan => ({source, name, rows, present: present(name)}),
  );
  const others = [...names].filter(
    (name) => !tables.some((table) => table.name === name) && !found.below.includes(name),
  );
  const views = others.flatMap((name): readonly TablePlan[] => {
    const there = present(name);
    return there ? [{source: name, name, rows: 0, present: there}] : [];
  });
  const plan: MigratePlan = {
    run: idFor(context.now, taken),
    source: source.label,
    database: server.facts.database,
    schema,
    server: {
      address: server.facts.address,
      port: server.facts.port,
      version: server.version.text,
    },
    role: facts.role,
    tables: [...tables, ...views],
    partitionsAside: found.below.filter((name) => !tables.some((table) => table.name === name)),
    notCarried: source.notCarried,
    cautions: found.dependents.map(
      ({what, on}) => `${what} refers to '${on}', which is put aside: it goes on with the old one`,
    ),
    faults: faultsOf(facts, found.inTheWay),
    savesFirst: facts.userTables > 0,
  };
  return {plan, server};
};

type Dependent = {readonly what: string; readonly on: string};

const presentOf = (
  {inTheWay, counts}: {inTheWay: readonly Present[]; counts: ReadonlyMap<string, number>},
  name: string,
): TablePlan['present'] => {
  const relation = inTheWay.find((each) => each.name === name);
  return relation && {kind: kinds[relation.kind] ?? 'relation', rows: counts.get(name)};
};

const kinds: Readonly<Record<string, string>> = {
  r: 'table',
  p: 'partitioned table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
  i: 'index',
  I: 'index',
};

const viewsOf = ({after}: Source): readonly string[] =>
  after.flatMap(({kind, makes}) => ((kind === 'view' || kind === 'table') && makes ? [makes] : []));

/** All that would keep the move from being done, named before anything is begun. */
const faultsOf = (facts: TargetFacts, inTheWay: readonly Present[]): MigratePlan['faults'] => {
  const schema = displayIdentifier(facts.schema);
  const role = identifier(facts.role);
  const faults: {what: string; hint: string}[] = [];
  if (!facts.isThere)
    faults.push({
      what: `there is no schema '${facts.schema}' in the target`,
      hint: `CREATE SCHEMA ${schema};`,
    });
  else if (!facts.mayCreateIn)
    faults.push({
      what: `'${facts.role}' may not create tables in the schema '${facts.schema}'`,
      hint: `GRANT CREATE, USAGE ON SCHEMA ${schema} TO ${role};`,
    });
  if (!facts.mayCreateSchema)
    faults.push({
      what: `'${facts.role}' may not create schemas in the target`,
      hint: `GRANT CREATE ON DATABASE … TO ${role};`,
    });
  if (facts.encoding !== 'UTF8')
    faults.push({
      what: `the target's encoding is ${facts.encoding}, which does not hold every text`,
      hint: "make the database with ENCODING 'UTF8' TEMPLATE template0",
    });
  for (const {name, kind, isMine, isExtension} of inTheWay) {
    const what = kinds[kind] ?? 'relation';
    if (isExtension || !'rpv'.includes(kind))
      faults.push({
        what: `the ${what} '${name}' has the name of a table that comes`,
        hint: `rename one of them (--map), or drop the ${what}`,
      });
    else if (!isMine)
      faults.push({
        what: `'${facts.role}' does not own the ${what} '${name}', which is to be put aside`,
        hint: 'run as its owner, or as a member of that role',
      });
  }
  return faults;
};

/** Errors: usage with the table plan, where something is in the way that may not be replaced; unavailable for faults. */
export const assertMayBegin = (
  plan: MigratePlan,
  {mayReplace}: {readonly mayReplace: boolean},
): void => {
  if (plan.faults.length > 0)
    throw new OpsError('unavailable', plan.faults.map(({what}) => what).join('; '), {
      hint: plan.faults.map(({hint}) => hint).join('; '),
    });
  refuseRows(plan);
  const lines = presentLines(plan);
  if (mayReplace || lines.length === 0) return;
  throw new OpsError(
    'usage',
    `the schema '${plan.schema}' of '${plan.database}' has already: ${lines.join(', ')}; nothing was touched`,
    {
      hint: `--force-recreate puts them aside into the schema '${beforeSchema(plan.run)}' and brings the new ones in; 'pgkeep undo' takes it back`,
    },
  );
};

/** Several databases as one source: all their tables in one plan, one comparison, one move. */
import {join} from 'node:path';
import {wishedStatements} from '../../commands/migrate-wishes.ts';
import {OpsError} from '../../model/errors.ts';
import type {IncomingTable} from '../../model/migrate/incoming.ts';
import {assertFound} from '../../model/migrate/map-known.ts';
import {aliasesOf, assertKnownSomewhere, mapOfSource} from '../../model/migrate/map-of-source.ts';
import {tableWish} from '../../model/migrate/migrate-map.ts';
import type {Wishes} from '../../model/migrate/name-tables.ts';
import {createNamer} from '../../model/migrate/names.ts';
import type {Context} from '../context.ts';
import {type Opening, openSqlite, type SqliteSource} from './sqlite-source.ts';

export type Opened = {readonly alias: string; readonly source: SqliteSource};

type Several = Omit<Opening, 'file' | 'copy' | 'alias' | 'namer'> & {
  readonly files: readonly {readonly file: string; readonly copy: string}[];
};

/** Errors: as `openSqlite`; usage for tables of one name in two of them. */
export const openAll = async (
  context: Context,
  {files, ...opening}: Several,
): Promise<SqliteSource> => {
  const {wishes} = opening;
  const namer = createNamer({style: wishes.names, of: 'relations'});
  const [first] = files;
  if (first && files.length === 1) return openSqlite(context, {...opening, ...first, namer});
  if (opening.targets)
    throw new OpsError('usage', 'rows alone come from one database at a time', {
      hint: 'run --data-only once for each --sqlite-path',
    });
  const opened: Opened[] = [];
  const aliases = aliasesOf(files.map(({file}) => file));
  for (const [at, each] of files.entries()) {
    const alias = aliases[at] ?? '';
    opened.push({
      alias,
      source: await openSqlite(context, {...opening, ...each, alias, namer}),
    });
  }
  const known = opened.map(({alias, source}) => ({alias, known: source.known}));
  assertKnownSomewhere(wishes.map, known);
  assertFound(
    known.flatMap((each) => each.known),
    wishes,
  );
  assertApart(opened, wishes);
  const parts = opened.map(qualified);
  const label = `the SQLite files ${files.map(({file}, at) => `'${file}' (${aliases[at]})`).join(' and ')}`;
  return {...joined(parts, wishes), label};
};

/** Errors: usage. */
const assertApart = (opened: readonly Opened[], {names: style, map}: Wishes): void => {
  const owners = new Map<string, string>();
  const doubles: string[] = [];
  for (const {alias, source} of opened) {
    const own = mapOfSource(map, {alias, known: source.known});
    for (const {fact} of source.named) {
      const wanted = tableWish(own, fact.name)?.name ?? fact.name;
      const name = createNamer({style, of: 'relations'}).nameFor(wanted);
      const label = `${alias}.${fact.name}`;
      const other = owners.get(name);
      if (other !== undefined && !other.startsWith(`${alias}.`))
        doubles.push(`'${other}' and '${label}' would both be '${name}'`);
      owners.set(name, label);
    }
  }
  const [double] = doubles;
  if (double === undefined) return;
  const [, label = ''] = /and '(.*)' would both/.exec(double) ?? [];
  throw new OpsError('usage', `${doubles.join('; ')}; nothing was touched`, {
    hint: `give one another name with --map (tables: {${JSON.stringify(label)}: {name: …}}), or migrate them one after the other into schemas of their own (--schema)`,
  });
};

/** Under the names that tell the databases apart. */
const qualified = ({alias, source}: Opened) => {
  const say = (table: string) => `${alias}.${table}`;
  return {
    alias,
    inner: source,
    outer: {
      ...source,
      tables: source.tables.map((table): IncomingTable => ({...table, source: say(table.source)})),
      named: source.named.map((table) => ({
        ...table,
        fact: {...table.fact, name: say(table.fact.name)},
      })),
      samples: source.samples.map((sample) => ({...sample, table: say(sample.table)})),
      accounts: source.accounts.map((account) => ({
        ...account,
        table: say(account.table),
        taken: account.taken.map((taken) => ({...taken, table: say(taken.table)})),
      })),
      leftOut: source.leftOut.map(say),
    },
  };
};

const joined = (
  parts: readonly ReturnType<typeof qualified>[],
  {map}: Wishes,
): Omit<SqliteSource, 'label'> => {
  const all = <Value>(of: (source: SqliteSource) => readonly Value[]): readonly Value[] =>
    parts.flatMap(({outer}) => of(outer));
  const collations = all((source) => source.collations);
  return {
    sha256: parts.map(({inner}) => inner.sha256).join(' '),
    tables: all(({tables}) => tables),
    collations: collations.filter(
      ({name}, at) => collations.findIndex((other) => other.name === name) === at,
    ),
    after: [...all(({after}) => after), ...wishedStatements(map)],
    notCarried: all(({notCarried}) => notCarried),
    named: all(({named}) => named),
    records: parts.flatMap(({inner}) => inner.records ?? []),
    fitted: undefined,
    wanted: map,
    known: all(({known}) => known),
    samples: all(({samples}) => samples),
    accounts: all(({accounts}) => accounts),
    leftOut: all(({leftOut}) => leftOut),
    offerTexts: all(({offerTexts}) => offerTexts),
    writeRejects: async (context, folder) => {
      const files: string[] = [];
      for (const {alias, inner} of parts)
        if (inner.accounts.length > 0)
          files.push(...(await inner.writeRejects(context, join(folder, alias))));
      return files;
    },
    withLines: (context, {table, purpose}, use) => {
      const {inner, own} = ownerOf(parts, table);
      return inner.withLines(context, {table: own, purpose}, use);
    },
    sample: (context, table, places) => {
      const {inner, own} = ownerOf(parts, table);
      return inner.sample?.(context, own, places) ?? Promise.resolve([]);
    },
  };
};

const ownerOf = (parts: readonly ReturnType<typeof qualified>[], {name}: IncomingTable) => {
  for (const {inner} of parts) {
    const own = inner.tables.find((table) => table.name === name);
    if (own) return {inner, own};
  }
  throw new OpsError('unexpected', `nobody has the table '${name}'`);
};

/** What spans tables: foreign keys and views. */
import type {Finish} from '../model/migrate/incoming.ts';
import {createNamer} from '../model/migrate/names.ts';
import type {ObjectFact, SqliteFacts} from '../model/migrate/sqlite-facts.ts';
import {isWord, type Token, tokensOf} from '../model/migrate/sqlite-lexer.ts';
import {withDirections} from '../model/migrate/sqlite-order.ts';
import {
  columnOf,
  foreignKeysOf,
  keyOf,
  type NamedColumn,
  type NamedTable,
} from '../model/migrate/sqlite-table.ts';
import {allOf, type Finished} from './migrate-finished.ts';
import {identifier} from './sql.ts';
import {isKeyword, translate} from './sqlite-expression.ts';

/** By the table's name in the source: rows that refer to nothing, by the number of the foreign key. */
export type Orphans = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Foreign keys are made without looking at the rows, then validated one by one: orphans are told, and stay. */
export const foreignKeyFinishes = (
  facts: SqliteFacts,
  {tables, orphans}: {readonly tables: readonly NamedTable[]; readonly orphans: Orphans},
): Finished => {
  const parts = tables.flatMap((table) => {
    const namer = createNamer({style: 'keep', of: 'relations'});
    return foreignKeysOf(facts, table).map((key) => {
      const first = key.parts[0];
      const parent = tables.find(
        ({fact}) => fact.name.toLowerCase() === first?.parent.toLowerCase(),
      );
      const own = key.parts.flatMap(({from}) => columnOf(table, from) ?? []);
      const theirs = parent ? targetsOf(parent, key.parts) : [];
      const source = `FOREIGN KEY (${key.parts.map(({from}) => from).join(', ')}) REFERENCES ${first?.parent}`;
      const what = `foreign key (${shown(own)}) of '${table.name}' to '${parent?.name ?? first?.parent}'`;
      const report = (why: string): Finished => ({
        finishes: [],
        notCarried: [{kind: 'foreign key', what, why, source}],
      });
      if (!parent) return report(`there is no table '${first?.parent}'`);
      if (own.length === 0 || own.length !== theirs.length)
        return report(`'${parent.fact.name}' has no such columns, or no key of as many`);
      const name = namer.nameFor(
        key.text?.name ?? `${table.name}_${own.map(({name}) => name).join('_')}_fkey`,
      );
      const alter = `ALTER TABLE ${identifier(table.name)}`;
      const deferral = key.text?.isDeferrable
        ? ` DEFERRABLE INITIALLY ${key.text.isDeferred ? 'DEFERRED' : 'IMMEDIATE'}`
        : '';
      const lost = orphans.get(table.fact.name)?.get(key.id) ?? 0;
      // Partitions take no key that is still to be validated (before PostgreSQL 18).
      const isParted = table.partitioning !== undefined;
      const finish: Finish = {
        ...{kind: 'foreign key', what, source, otherwise: 'report'},
        statements: [
          `${alter} ADD CONSTRAINT ${identifier(name)} FOREIGN KEY (${list(own)}) REFERENCES ${identifier(parent.name)} (${list(theirs)}) ON UPDATE ${first?.onUpdate ?? 'NO ACTION'} ON DELETE ${first?.onDelete ?? 'NO ACTION'}${deferral}${isParted ? '' : ' NOT VALID'}`,
        ],
      };
      const validation: Pick<Finish, 'next'> = {
        next: {
          kind: 'foreign key',
          what: `validation of the ${what}${lost > 0 ? ` (${lost} rows refer to nothing)` : ''}`,
          ...{source, otherwise: 'report'},
          statements: [`${alter} VALIDATE CONSTRAINT ${identifier(name)}`],
        },
      };
      return {finishes: [{...finish, ...(isParted ? {} : validation)}], notCarried: []};
    });
  });
  return allOf(parts);
};

const shown = (columns: readonly NamedColumn[]) => columns.map(({name}) => `'${name}'`).join(', ');
const list = (columns: readonly NamedColumn[]) =>
  columns.map(({name}) => identifier(name)).join(', ');

/** Without names: the parent's primary key. */
export const targetsOf = (
  parent: NamedTable,
  parts: readonly {readonly to: string | null}[],
): readonly NamedColumn[] =>
  parts.every(({to}) => to === null)
    ? keyOf(parent)
    : parts.flatMap(({to}) => (to === null ? [] : (columnOf(parent, to) ?? [])));

/** Views whose every word means the same; the others are told, with their text. */
export const viewFinishes = (
  views: readonly ObjectFact[],
  {
    tables,
    nameFor,
  }: {readonly tables: readonly NamedTable[]; readonly nameFor: (view: string) => string},
): Finished => {
  const bodies = new Map(views.map(({name, sql}) => [name, bodyOf(tokensOf(sql ?? ''))]));
  // What one view calls a column, another one asks for.
  const aliases = [...bodies.values()]
    .flatMap(aliasesIn)
    .concat(views.flatMap(({sql}) => columnNamesIn(tokensOf(sql ?? ''))));
  const names = new Map(views.map(({name}) => [name.toLowerCase(), nameFor(name)]));
  const parts = views.map((view): Finished => {
    const sql = view.sql ?? '';
    const name = names.get(view.name.toLowerCase()) ?? view.name;
    const what = `view '${name}'`;
    const translated = translate(bodies.get(view.name) ?? [], {
      columns: new Map(
        tables.flatMap(({columns}) =>
          columns.map(({fact, name, choice}) => [
            fact.name.toLowerCase(),
            {name, type: choice.type},
          ]),
        ),
      ),
      others: new Map([
        ...aliases,
        ...tables.map(({fact, name}) => [fact.name.toLowerCase(), name] as const),
        ...names,
      ]),
    });
    if ('why' in translated)
      return {finishes: [], notCarried: [{kind: 'view', what, why: translated.why, source: sql}]};
    const columns = columnNamesIn(tokensOf(sql)).map(([, column]) => identifier(column));
    const list = columns.length === 0 ? '' : ` (${columns.join(', ')})`;
    const statements = [`CREATE VIEW ${identifier(name)}${list} AS ${translated.sql}`];
    return {
      finishes: [{kind: 'view', what, makes: name, statements, source: sql, otherwise: 'report'}],
      notCarried: [],
    };
  });
  return allOf(parts);
};

/** Behind the AS that follows the view's name: CREATE [TEMP] VIEW [IF NOT EXISTS] name [(columns)] AS. */
const bodyOf = (tokens: readonly Token[]): readonly Token[] => {
  const at = tokens.findIndex((token) => isWord(token, 'AS'));
  return withDirections(tokens.slice(at + 1).filter((token) => !isWord(token, ';')));
};

/** The columns that stand in brackets behind the view's name. */
const columnNamesIn = (tokens: readonly Token[]): readonly (readonly [string, string])[] => {
  const head = tokens.slice(
    0,
    tokens.findIndex((token) => isWord(token, 'AS')),
  );
  const open = head.findIndex((token) => isWord(token, '('));
  const inside = open < 0 ? [] : head.slice(open + 1);
  return inside.flatMap(({kind, value}) =>
    kind === 'word' || kind === 'name' ? [[value.toLowerCase(), value] as const] : [],
  );
};

/** Names that the view gives itself: behind AS, a table or a closing bracket, and those of its WITH. */
const aliasesIn = (tokens: readonly Token[]): readonly (readonly [string, string])[] =>
  tokens.flatMap((token, at) => {
    const isName = token.kind === 'name' || (token.kind === 'word' && !isKeyword(token));
    const before = tokens[at - 1];
    const isBehindTable =
      (before?.kind === 'word' || before?.kind === 'name') &&
      !isKeyword(before) &&
      isWord(tokens[at - 2], 'FROM', 'JOIN', ',');
    const isOfWith = isWord(tokens[at + 1], 'AS') && isWord(tokens[at + 2], '(');
    return isName && (isWord(before, 'AS', ')') || isBehindTable || isOfWith)
      ? [[token.value.toLowerCase(), token.value] as const]
      : [];
  });

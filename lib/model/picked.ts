/** A part of a set: all of its definition, and the rows of some tables. */
import {displayName} from './catalog.ts';
import {OpsError} from './errors.ts';
import type {Manifest, TableRecord} from './manifest.ts';

export type Pick = {readonly schemas: readonly string[]; readonly tables: readonly string[]};

/** The tables meant: by schema, by name, or by `schema.name` as people write it. Errors: usage for one that is not in the set. */
export const pickTables = (
  {tables}: {readonly tables: Manifest['tables']},
  {schemas, tables: names}: Pick,
): readonly TableRecord[] => {
  const isNamed = (table: TableRecord, name: string) =>
    [table.name, `${table.schema}.${table.name}`, displayName(table)].includes(name);
  const missing = [
    ...schemas.filter((schema) => !tables.some((table) => table.schema === schema)),
    ...names.filter((name) => !tables.some((table) => isNamed(table, name))),
  ];
  if (missing.length > 0)
    throw new OpsError('usage', `the set has no table of '${missing.join("', '")}'`, {
      hint: '`pgkeep show` lists the tables of a set',
    });
  return tables.filter(
    (table) => schemas.includes(table.schema) || names.some((name) => isNamed(table, name)),
  );
};

/** What would fail, or act, without the rows of all other tables. */
const leftOut =
  /^\d+; \d+ \d+ (FK CONSTRAINT|TRIGGER|EVENT TRIGGER|MATERIALIZED VIEW DATA|BLOB|BLOBS|BLOB METADATA|PUBLICATION|PUBLICATION TABLE|PUBLICATION TABLES IN SCHEMA|SUBSCRIPTION) /;
const rows = /^\d+; \d+ \d+ TABLE DATA (.*)$/;

/**
 * The entries of an archive's table of contents for such a part: every definition, but the rows of the picked
 * tables alone. https://www.postgresql.org/docs/current/app-pgrestore.html (--use-list)
 */
export const listFor = (listing: string, picked: readonly TableRecord[]): string => {
  const wanted = picked.flatMap((table) => table.tree?.partitions ?? [table]);
  const beginnings = wanted.map(({schema, name}) => `${schema} ${name} `.replace(/[\n\r]/g, ' '));
  return listing
    .split('\n')
    .filter((line) => {
      const [, rest] = rows.exec(line) ?? [];
      if (rest !== undefined) return beginnings.some((beginning) => rest.startsWith(beginning));
      return !leftOut.test(line);
    })
    .join('\n');
};

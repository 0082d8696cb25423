/** What can be told from a plain dump without loading it. */

type Named = {readonly schema: string; readonly name: string};

/** The tables whose rows a plain dump holds, by the lines that open them: `COPY public."Odd" (a) FROM stdin;`. */
export const copyTargets = (lines: readonly string[]): ((table: Named) => boolean) => {
  const whole = new Set(lines.flatMap((line) => keyOf(targetOf(line)) ?? []));
  return (table) => {
    if (!/\n/.test(table.schema + table.name)) return whole.has(keyOf(table) ?? '');
    // A name with a line feed goes on in the next line: its beginning has to do.
    const [beginning = ''] = `COPY ${forms(table.schema)[0]}.${forms(table.name)[0]} `.split('\n');
    const [bare = ''] = `COPY ${table.schema}.${forms(table.name)[0]} `.split('\n');
    return lines.some((line) => line === beginning || line === bare);
  };
};

/**
 * Whether a plain dump ends as pg_dump ends one. A dump cut by a crash of the server is valid SQL
 * and loads without an error; only its end tells. Newer minors close with `\unrestrict KEY`.
 */
export const hasTrailer = (end: string): boolean =>
  /\n-- PostgreSQL database dump complete\n--\n\n*(\\unrestrict \w+\n)?\s*$/.test(end);

const targetOf = (line: string): Named | undefined => {
  const part = String.raw`("(?:[^"]|"")*"|[^\s".]+)`;
  const [, schema, name] = new RegExp(`^COPY ${part}\\.${part} `).exec(line) ?? [];
  return schema === undefined || name === undefined
    ? undefined
    : {schema: unquoted(schema), name: unquoted(name)};
};

const keyOf = (table: Named | undefined) => table && JSON.stringify([table.schema, table.name]);

const forms = (name: string) => [`"${name.replaceAll('"', '""')}"`, name] as const;

const unquoted = (word: string) =>
  word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word;

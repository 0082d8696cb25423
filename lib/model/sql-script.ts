/**
 * SQL that comes from a set or a catalog and goes through psql. psql takes a backslash outside of
 * quotes for a command of its own, such as `\!`, and runs it on this host: so a script is taken
 * apart first, and what is no statement of the kinds expected is refused.
 * https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-META-COMMANDS
 */

/** What a script would do beyond SQL; never run. */
export class NotPlainSql extends Error {
  override readonly name = 'NotPlainSql';
}

const token =
  /(?<text>[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*')|(?<name>"(?:[^"]|"")*")|(?<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)|(?<word>[\w\u0080-\uffff][\w$\u0080-\uffff]*)|(?<blank>\s+|--[^\n]*)|(?<other>[^\\'"])/y;

/**
 * The statements of a script, without comments. Texts are written so that they mean the same
 * whatever `standard_conforming_strings` is, and hold no control characters.
 * Errors: NotPlainSql for a backslash outside of quotes, a quotation that does not end, a block comment.
 */
export const plainStatements = (sql: string): readonly string[] => {
  const statements: string[] = [];
  let statement = '';
  for (let at = 0; at < sql.length; ) {
    token.lastIndex = at;
    const groups = token.exec(sql)?.groups;
    if (!groups) throw new NotPlainSql('a backslash or an open quotation outside of any text');
    at = token.lastIndex;
    if (sql.startsWith('/*', at - 1)) throw new NotPlainSql('a block comment');
    if (groups['dollar'] !== undefined) {
      const end = sql.indexOf(groups['dollar'], at);
      if (end < 0) throw new NotPlainSql('a quotation that does not end');
      statement += sql.slice(at - groups['dollar'].length, end + groups['dollar'].length);
      at = end + groups['dollar'].length;
    } else if (groups['other'] === ';') {
      statements.push(statement.trim());
      statement = '';
    } else statement += written(groups);
  }
  return [...statements, statement.trim()].filter((text) => text !== '');
};

/** One statement as it may be said to psql. Errors: NotPlainSql; also for more than one. */
export const plainStatement = (sql: string): string => {
  const [statement, ...others] = plainStatements(sql);
  if (statement === undefined || others.length > 0)
    throw new NotPlainSql('more than one statement, or none');
  return statement;
};

/** What pg_dump and pg_dumpall say of roles, tablespaces and a database itself; nothing else is run. */
const expected =
  /^(CREATE (ROLE|TABLESPACE|DATABASE)|ALTER (ROLE|TABLESPACE|DATABASE)|COMMENT ON (ROLE|TABLESPACE|DATABASE)|SECURITY LABEL|GRANT|REVOKE|SET (default_transaction_read_only|client_encoding|standard_conforming_strings|allow_in_place_tablespaces)) /;

/** Around a grant on a database by somebody other than its owner; pg_dump writes these two forms. */
const byGrantor =
  /^(SET SESSION AUTHORIZATION ("(?:[^"]|"")+"|[a-z_][a-z0-9_]*)|RESET SESSION AUTHORIZATION)$/;

/** The statements of a script that makes roles, tablespaces or a database. Errors: NotPlainSql naming what is none of them. */
export const definingStatements = (sql: string): readonly string[] =>
  plainStatements(sql).map((statement) => {
    if (expected.test(`${statement} `) || byGrantor.test(statement)) return statement;
    throw new NotPlainSql(`a statement of another kind: ${excerpt(statement)}`);
  });

/** The beginning of a statement for a message: no text of it, which may be a password, and nothing behind the word. */
export const excerpt = (statement: string): string =>
  statement
    .replace(/\bPASSWORD\b[\s\S]*$/i, 'PASSWORD …')
    .replace(/['$][\s\S]*$/, '…')
    .slice(0, 60);

const written = (groups: Record<string, string | undefined>): string => {
  const {text, name, word, blank, other = ''} = groups;
  if (text !== undefined) return writtenText(text);
  return name ?? word ?? (blank === undefined ? other : blank.startsWith('--') ? '' : blank);
};

/** Backslashes and control characters as escapes: no reading of the text can end it early. */
const writtenText = (text: string): string => {
  const isEscaped = /^[eE]/.test(text);
  if (!/[\\\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) return text;
  const body = isEscaped ? text.slice(2, -1) : text.slice(1, -1).replaceAll('\\', '\\\\');
  const visible = body.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `E'${visible}'`;
};

/**
 * The digest of a table's rows: the same on any server that holds the same rows, whatever the
 * order of rows and columns. A sum, not an exclusive or: two equal rows must not cancel out.
 */
import {identifier, qualified} from './sql.ts';

export type Fingerprint = 'content' | 'sha256' | 'rows' | 'none';

/** The algorithms by the name that a manifest records; a name never changes its meaning. */
export const digestAlgorithms = {
  content: 'hashtextextended-sum-2x64',
  sha256: 'sha256-sum-2x64',
  rows: 'rows',
  none: 'none',
} as const satisfies Record<Fingerprint, string>;

/** The fingerprint behind an algorithm's name; undefined for one this version does not know. */
export const fingerprintOf = (algorithm: string): Fingerprint | undefined =>
  (Object.keys(digestAlgorithms) as Fingerprint[]).find(
    (fingerprint) => digestAlgorithms[fingerprint] === algorithm,
  );

export type DigestSubject = {
  readonly schema: string;
  readonly name: string;
  /** By name, in byte order: a restored child of an inheritance may have them in another order. */
  readonly columns: readonly string[];
  /** The WHERE clause under which an extension's configuration table is dumped. */
  readonly condition?: string | undefined;
  /** Its partitions too: present for a tree of partitions that is compared as one. */
  readonly tree?: object | undefined;
};

/**
 * One JSON object: `{"rows": 12, "digest": "…/…"}`; null where the fingerprint has none.
 * The text of a row is `ROW(…)::text`, hashed under the C collation with two seeds (128 bits, the
 * same since PostgreSQL 11). Needs the session of `pinnedSession`.
 * Errors: 54000 where a row's text is beyond 1 GB, 22P05 where it does not convert.
 */
export const tableDigest = (subject: DigestSubject, fingerprint: Fingerprint): string => {
  const where = subject.condition ? ` ${subject.condition}` : '';
  const from = `FROM ${subject.tree ? '' : 'ONLY '}${qualified(subject)} AS x${where}`;
  const columns = subject.columns.map((column) => `x.${identifier(column)}`).join(', ');
  return counting({row: `(ROW(${columns}))::text`, from}, fingerprint);
};

/**
 * Large objects as one more table, by number and content. Content, not pages: a restore fills holes.
 * https://www.postgresql.org/docs/current/lo-funcs.html
 */
export const largeObjectDigest = (fingerprint: Fingerprint): string =>
  counting({row: largeObjectRow, from: 'FROM pg_largeobject_metadata AS x'}, fingerprint);

// Owner, grants and comment are here because a schema-only dump leaves them out.
const largeObjectRow = `(ROW(x.oid, sha256(lo_get(x.oid)), pg_get_userbyid(x.lomowner), obj_description(x.oid, 'pg_largeobject'),
  (SELECT string_agg(grants.line, ' ' ORDER BY grants.line COLLATE "C") FROM (
    SELECT concat_ws(':', CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee)::text END, g.privilege_type, g.is_grantable)
    FROM aclexplode(coalesce(x.lomacl, acldefault('L', x.lomowner))) AS g) AS grants(line))))::text`;

/** Where large objects stand among a manifest's tables. */
export const largeObjects = {schema: 'pg_catalog', name: 'pg_largeobject'} as const;

/**
 * OFFSET 0 keeps the planner from pulling the subquery up: the text of a row is made once, not once
 * for each seed, which halves the time.
 */
const counting = ({row, from}: {row: string; from: string}, fingerprint: Fingerprint): string => {
  if (fingerprint === 'rows' || fingerprint === 'none')
    return `SELECT json_build_object('rows', count(*), 'digest', NULL) ${from}`;
  const [value, parts] =
    fingerprint === 'content'
      ? [row, [0, 1].map((seed) => `hashtextextended(r.v COLLATE "C", ${seed})`)]
      : // The first sixteen of the 32 bytes, as two signed 64-bit numbers.
        [
          `encode(sha256(convert_to(${row}, 'UTF8')), 'hex')`,
          [1, 17].map((start) => `('x' || substr(r.v, ${start}, 16))::bit(64)::bigint`),
        ];
  const digest = parts.map((part) => `coalesce(sum(${part}), 0)`).join(', ');
  return `SELECT json_build_object('rows', count(*), 'digest', concat_ws('/', ${digest})) FROM (SELECT ${value} AS v ${from} OFFSET 0) AS r`;
};

/** One JSON object: what a sequence would give next. */
export const sequenceValue = (sequence: {readonly schema: string; readonly name: string}): string =>
  `SELECT json_build_object('value', last_value::text, 'isCalled', is_called) FROM ${qualified(sequence)}`;

/**
 * What verifications found out about a set: one line each in `proof.jsonl`, appended.
 * A verdict is never a boolean: `unproven` says that nothing wrong was found, but not everything
 * could be compared.
 */
import * as v from 'valibot';

export const levels = ['checksum', 'archive', 'restore'] as const;
export type Level = (typeof levels)[number];
export type Verdict = 'intact' | 'unproven' | 'damaged';

const proofSchema = v.object({
  at: v.pipe(v.string(), v.isoTimestamp()),
  level: v.picklist(levels),
  verdict: v.picklist(['intact', 'unproven', 'damaged']),
  seconds: v.number(),
  /** What was found, a sentence each. */
  problems: v.array(v.string()),
  /** What could not be compared, a sentence each. */
  notes: v.optional(v.array(v.string())),
  pgkeep: v.optional(v.string()),
});

/** The SHA-256 of the manifest that a proof is about: copied to another set it proves nothing. */
type Subject = {readonly manifestSha256: string};
const lineSchema = v.object({...proofSchema.entries, manifestSha256: v.string()});

export type Proof = v.InferOutput<typeof proofSchema>;

export type Proofs = {
  /** Those of this manifest, oldest first. */
  readonly proofs: readonly Proof[];
  /** Some are of another manifest: the proofs or the manifest were exchanged or changed. */
  readonly hasForeignProofs: boolean;
};

/** Reads the lines of a proof file; those cut by a crash or of a newer pgkeep are passed over. */
export const parseProofs = (content: string, {manifestSha256}: Subject): Proofs => {
  const lines = content.split('\n').flatMap((line) => {
    try {
      const result = v.safeParse(lineSchema, JSON.parse(line));
      return result.success ? [result.output] : [];
    } catch {
      return [];
    }
  });
  const own = lines.filter((line) => line.manifestSha256 === manifestSha256);
  return {
    proofs: own.map(({manifestSha256: _, ...proof}) => proof),
    hasForeignProofs: own.length < lines.length,
  };
};

/** One line of a proof file. */
export const serialiseProof = (proof: Proof, {manifestSha256}: Subject): string =>
  `${JSON.stringify({...proof, manifestSha256})}\n`;

export type Standing = {
  /** The deepest level that the set passed since it was last found damaged; undefined for none. */
  readonly proven: Level | undefined;
  readonly isDamaged: boolean;
  /** When the newest drill passed, and how long it took: the measured recovery time. */
  readonly drill: {readonly at: string; readonly seconds: number} | undefined;
};

/** What a set's proofs add up to. Damage found at one level is lifted only by passing that level or a deeper one later. */
export const standingOf = (proofs: readonly Proof[]): Standing => {
  let standing: Standing = {proven: undefined, isDamaged: false, drill: undefined};
  let damagedAt = -1;
  for (const {verdict, level, at, seconds} of proofs) {
    const depth = levels.indexOf(level);
    if (verdict === 'damaged') {
      damagedAt = Math.max(damagedAt, depth);
      standing = {proven: undefined, isDamaged: true, drill: undefined};
      continue;
    }
    if (depth >= damagedAt) damagedAt = -1;
    if (verdict === 'unproven' || damagedAt >= 0) continue;
    standing = {
      proven: levels[Math.max(depth, standing.proven ? levels.indexOf(standing.proven) : 0)],
      isDamaged: false,
      drill: level === 'restore' ? {at, seconds} : standing.drill,
    };
  }
  return {...standing, isDamaged: damagedAt >= 0};
};

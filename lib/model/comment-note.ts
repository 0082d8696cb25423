/** A note of pgkeep in the comment of a database or schema: the last line, after a sentence for people. */
import * as v from 'valibot';

/** What a comment says in this shape; undefined where it is none of ours. */
export const noteInComment = <Schema extends v.GenericSchema>(
  comment: string | null,
  schema: Schema,
): v.InferOutput<Schema> | undefined => {
  const line = comment?.split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) return undefined;
  try {
    const result = v.safeParse(schema, JSON.parse(line));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
};

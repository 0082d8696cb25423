/** Journals are files of one JSON value a line, appended. */
import * as v from 'valibot';

/** The entries of a journal, oldest first. What a power cut left of a last line, and what is none of ours, is passed over. */
export const entriesIn = <Schema extends v.GenericSchema>(
  content: string,
  schema: Schema,
): readonly v.InferOutput<Schema>[] =>
  content.split('\n').flatMap((line) => {
    try {
      const result = v.safeParse(schema, JSON.parse(line));
      return result.success ? [result.output] : [];
    } catch {
      return [];
    }
  });

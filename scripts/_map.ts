/** The file of `--map` and `--write-map`. */
import {readFile, writeFile} from 'node:fs/promises';
import {OpsError} from '../lib/model/errors.ts';
import {mapOf} from '../lib/model/migrate/map-of.ts';
import {
  atLine,
  faultyMap,
  type LineOf,
  type MigrateMap,
  parseMap,
} from '../lib/model/migrate/migrate-map.ts';
import type {Reported} from '../lib/model/migrate/plan-text.ts';

/** Errors: usage for a file that can't be read; settings for no YAML, or one that says what is not known. */
export const readMap = async (path: string): Promise<MigrateMap> => {
  const {YAML} = await import('zx');
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new OpsError('usage', `the map '${path}' can't be read`, {cause});
  });
  const text = decoded(bytes);
  if (text === undefined) throw faultyMap(path, ['it is no UTF-8']);
  const lineAt = (at: number) => text.slice(0, at).split('\n').length;
  const document = YAML.parseDocument(text, {prettyErrors: false});
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0)
    throw faultyMap(
      path,
      faults.map(({message, pos}) => `${atLine(lineAt(pos[0]))}${message}`),
    );
  const lineOf: LineOf = (keys) => {
    for (let length = keys.length; length > 0; length -= 1) {
      const node = document.getIn(keys.slice(0, length), true) as {range?: number[]} | undefined;
      if (node?.range) return lineAt(node.range[0] ?? 0);
    }
    return undefined;
  };
  return parseMap(plainValue(document, path), {path, lineOf});
};

const decoded = (bytes: Buffer): string | undefined => {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    return undefined;
  }
};

/** Aliases that would unfold into gigabytes are refused here. */
const plainValue = (document: {toJS(): unknown}, path: string): unknown => {
  try {
    return document.toJS();
  } catch (error) {
    throw faultyMap(path, [error instanceof Error ? error.message : String(error)]);
  }
};

const head = `# Each table and column of the source, and what it becomes. What is taken out of this file is decided anew.
# A table: name, skip: true, columns, indexes: [{on: 'payload', using: gin}], partition: {by: created_at, every: month}.
# A column: name, type (converted after the comparison; with using: an expression), drop: true, generate: uuid.
# after: statements for the new tables.
`;

/** What else could be done is written as comments. */
export const writeMap = async (
  path: string,
  {decisions, leftOut, offers}: Pick<Reported, 'decisions' | 'leftOut' | 'offers'>,
  map: MigrateMap,
): Promise<void> => {
  const {YAML} = await import('zx');
  const plan = mapOf({columns: decisions, leftOut, map});
  const comments = offers.flatMap((offer) => offer.split('\n').map((line) => `# ${line}\n`));
  await writeFile(path, head + YAML.stringify(plan) + comments.join(''), {
    mode: 0o600,
  });
};

/** A plan that was written to be read, and is deployed only where the same would be done. */
import {readFile} from 'node:fs/promises';
import {writeDurably} from '../lib/io/durable.ts';
import {assertNew, putInPlace} from '../lib/io/new-file.ts';
import type {DeployPlan} from '../lib/model/deploy/deploy-plan.ts';
import {parsePlan} from '../lib/model/deploy/read-plan.ts';
import {OpsError} from '../lib/model/errors.ts';
import {printable} from '../lib/model/redact.ts';

/** Errors: usage where a file is there already. */
export const writePlan = async (path: string, plan: DeployPlan): Promise<void> => {
  await assertNew(path);
  const aside = `${path}.partial`;
  await writeDurably(aside, `${JSON.stringify(plan, null, 2)}\n`);
  await putInPlace(aside, path);
};

/** Errors: usage for a file that is no plan. */
export const readPlan = async (path: string): Promise<DeployPlan> => {
  try {
    return parsePlan(await readFile(path, 'utf8'));
  } catch (cause) {
    throw noPlan(path, cause);
  }
};

const noPlan = (path: string, cause: unknown): OpsError =>
  new OpsError('usage', `'${printable(path)}' is no plan of a deploy`, {
    hint: '`pgkeep deploy plan --out FILE` writes one',
    cause,
  });

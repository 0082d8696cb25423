/**
 * `list` and `prune` of a thousand sets of fifty tables, side by side with what a shell would do on
 * the same files: `npm run bench:shelf`. Medians of five, each pair one right after the other.
 */
import {execFileSync} from 'node:child_process';
import {cp, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {cpus, tmpdir} from 'node:os';
import {join} from 'node:path';
import {aProof, aTable, putSet} from '../support/sets.ts';
import {median, runPgkeep} from './measure.ts';

const sets = 1_000;
const rounds = 5;

const columns = ['id', 'name', 'created_at', 'updated_at', 'customer', 'total', 'state', 'note'];
const tables = Array.from({length: 50}, (_, index) =>
  aTable(`table_${index}`, {columns, rows: 1_000 + index, bytes: 8_192 * index}),
);

/** One set a night. */
const fill = async (shelf: string) => {
  for (let index = 0; index < sets; index += 1) {
    const night = new Date(Date.UTC(2024, 0, 1 + index, 3, 15)).toISOString();
    const id = `${night.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
    const folder = await putSet(shelf, {id, manifest: {tables}, proofs: [aProof('archive')]});
    for (const name of ['schema.sql.gz', 'globals.sql.gz'])
      await writeFile(join(folder, name), 'x'.repeat(2_000));
  }
};

const shell = (script: string): number => {
  const began = performance.now();
  execFileSync('sh', ['-c', script], {stdio: 'ignore'});
  return (performance.now() - began) / 1_000;
};

const tell = (name: string, ours: readonly number[], theirs: readonly number[]) => {
  const [a, b] = [median(ours), median(theirs)];
  process.stdout.write(
    `${name.padEnd(52)} ${a.toFixed(2)} s  ${b.toFixed(2)} s  ${(a / b).toFixed(2)}\n`,
  );
};

const project = await mkdtemp(join(tmpdir(), 'pgkeep-bench-'));
try {
  const [template, shelf] = [join(project, 'template'), join(project, 'backups/app')];
  await fill(template);
  await mkdir(join(project, 'backups'));
  await cp(template, shelf, {recursive: true});
  const [listed, read, pruned, removed]: number[][] = [[], [], [], []];
  const words = ['--project', project, '--backups', join(project, 'backups')];
  for (let round = 0; round < rounds; round += 1) {
    listed?.push((await runPgkeep(['list', ...words])).seconds);
    read?.push(shell(`ls ${shelf}; cat ${shelf}/*/manifest.json ${shelf}/*/proof.jsonl`));
  }
  for (let round = 0; round < rounds; round += 1) {
    pruned?.push(
      (await runPgkeep(['prune', ...words, '--keep-last', '1', '--allow-large-prune'])).seconds,
    );
    await rm(shelf, {recursive: true});
    await cp(template, shelf, {recursive: true});
    removed?.push(shell(`rm -rf ${shelf}/*; sync ${shelf}`));
    await cp(template, shelf, {recursive: true});
  }
  process.stdout.write(
    `${cpus().length} cores, Node ${process.versions.node}, ${sets} sets of ${tables.length} tables\n`,
  );
  tell('list | ls, cat of manifests and proofs', listed ?? [], read ?? []);
  tell('prune of all but one | rm -rf, sync', pruned ?? [], removed ?? []);
} finally {
  await rm(project, {recursive: true, force: true});
}

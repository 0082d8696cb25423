/** Sets made by hand: for tests of what looks at sets without making one. */
import {createHash} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {type Manifest, serialiseManifest} from '../../lib/model/manifest.ts';
import {type Proof, serialiseProof} from '../../lib/model/proof.ts';

export const aTable = (
  name: string,
  more: Partial<Manifest['tables'][number]> = {},
): Manifest['tables'][number] => ({
  ...{schema: 'public', name, columns: ['id'], rows: 1, digest: '1/2'},
  ...more,
});

export const aSequence = (
  name: string,
  more: Partial<Manifest['sequences'][number]> = {},
): Manifest['sequences'][number] => ({
  ...{schema: 'public', name, increment: '1', isCycling: false},
  ...{first: {value: '5', isCalled: true}, last: {value: '5', isCalled: true}},
  ...more,
});

/** A manifest in which everything is in order. */
export const aManifest = (more: Partial<Manifest> = {}): Manifest => ({
  ...{version: 1, id: '20261120T031500Z', database: 'app', reason: 'scheduled'},
  ...{startedAt: '2026-11-20T03:15:00.000Z', finishedAt: '2026-11-20T03:16:00.000Z'},
  server: {
    ...{version: '15.18', systemIdentifier: '7000000000000000000', encoding: 'UTF8'},
    ...{collation: 'C.UTF-8', superuser: 'postgres', databaseBytes: 10_000_000},
  },
  client: {version: '15.18'},
  format: 'custom',
  compression: {kind: 'gzip', level: 1, program: 'igzip'},
  files: [],
  tables: [aTable('orders')],
  sequences: [],
  digest: {algorithm: 'hashtextextended-sum-2x64'},
  ...{extensions: [], roles: ['postgres'], skipped: []},
  app: {commit: null, images: [], migrationHead: null},
  settings: {dump: 'database.dump.gz', schema: []},
  ...more,
});

export const aProof = (
  level: Proof['level'],
  verdict: Proof['verdict'] = 'intact',
  more: Partial<Proof> = {},
): Proof => ({at: '2026-11-20T04:00:00.000Z', level, verdict, seconds: 12, problems: [], ...more});

export type SetOnDisk = {
  readonly id: string;
  readonly manifest?: Partial<Manifest>;
  readonly proofs?: readonly Proof[];
  readonly isPinned?: boolean;
};

/** Put a set with one small file onto a shelf; gives its folder. */
export const putSet = async (
  shelf: string,
  {id, manifest = {}, proofs = [], isPinned = false}: SetOnDisk,
): Promise<string> => {
  const folder = join(shelf, id);
  await mkdir(folder, {recursive: true, mode: 0o700});
  const dump = `the dump of ${id}`;
  const sha256 = createHash('sha256').update(dump).digest('hex');
  const files = [{name: 'database.dump.gz', bytes: dump.length, sha256}];
  await writeFile(join(folder, 'database.dump.gz'), dump);
  if (isPinned) await writeFile(join(folder, 'pinned'), '');
  const content = serialiseManifest(aManifest({id, files, ...manifest}));
  const manifestSha256 = createHash('sha256').update(content).digest('hex');
  const lines = proofs.map((proof) => serialiseProof(proof, {manifestSha256}));
  await writeFile(join(folder, 'proof.jsonl'), lines.join(''));
  await writeFile(join(folder, 'manifest.json'), content);
  return folder;
};

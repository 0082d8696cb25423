/**
 * How fast `verify --level checksum` reads, beside `sha256sum` and `cat` of the same file: median of
 * five, the file in the page cache. `npm run bench:verify -- [megabytes]`.
 */
import {execFileSync} from 'node:child_process';
import {mkdtemp, open, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {checksumOf} from '../../lib/io/checksum.ts';
import {shelfFolder} from '../../lib/io/store.ts';
import {serialiseManifest} from '../../lib/model/manifest.ts';
import {door} from '../support/door.ts';
import {aManifest, putSet} from '../support/sets.ts';

const id = '20261120T031500Z';

const medianOf = async (work: () => Promise<unknown> | unknown): Promise<number> => {
  const seconds: number[] = [];
  for (let count = 0; count < 5; count += 1) {
    const startedAt = performance.now();
    await work();
    seconds.push((performance.now() - startedAt) / 1_000);
  }
  return seconds.sort((a, b) => a - b)[2] ?? 0;
};

/** A set whose dump has this many megabytes that no disk can make smaller. */
const makeSet = async (project: string, megabytes: number): Promise<string> => {
  const folder = await putSet(shelfFolder(join(project, 'backups'), 'app'), {id});
  const path = join(folder, 'database.dump.gz');
  const chunk = Buffer.from(crypto.getRandomValues(new Uint8Array(65_536)));
  const file = await open(path, 'w');
  for (let count = 0; count < megabytes * 16; count += 1) await file.write(chunk);
  await file.close();
  const files = [{name: 'database.dump.gz', ...(await checksumOf(path))}];
  await writeFile(join(folder, 'manifest.json'), serialiseManifest(aManifest({id, files})));
  return path;
};

const megabytes = Number(process.argv[2] ?? 1_000);
const project = await mkdtemp(
  join(process.env['PGKEEP_BENCH_FOLDER'] ?? tmpdir(), 'pgkeep-bench-'),
);
try {
  const path = await makeSet(project, megabytes);
  const bytes = megabytes * 1_048_576;
  const verify = async () => {
    const args = [id, '--project', project, '--level', 'checksum'];
    const {exitCode, stderr} = await door('verify', args);
    if (exitCode !== 0) throw new Error(stderr);
  };
  const rows: readonly [what: string, seconds: number][] = [
    ['pgkeep verify --level checksum', await medianOf(verify)],
    ['sha256sum', await medianOf(() => execFileSync('sha256sum', [path]))],
    [
      'cat > /dev/null',
      await medianOf(() => execFileSync('sh', ['-c', 'cat "$1" > /dev/null', 'sh', path])),
    ],
  ];
  for (const [what, seconds] of rows)
    process.stdout.write(
      `${what.padEnd(32)} ${seconds.toFixed(2).padStart(7)} s ${(bytes / seconds / 1e6).toFixed(0).padStart(7)} MB/s\n`,
    );
} finally {
  await rm(project, {recursive: true, force: true});
}

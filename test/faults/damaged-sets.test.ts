/** Sets that something has changed since they were written: verify names it, whatever it is. */
import {cp, open, readFile, rm, truncate} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openSet} from '../../lib/io/store.ts';
import {OpsError} from '../../lib/model/errors.ts';
import {verify} from '../../lib/tasks/verify.ts';
import {dump, manifest, type SetDamage, setDamages} from '../fixtures/set-damages.ts';
import {testContext} from '../support/context.ts';
import {makePlace, type Place, succeeds} from '../support/faults.ts';
import {startPostgres} from '../support/postgres.ts';
import {has, scaled} from '../support/require.ts';

const it = suite('damaged sets');

/** The place, the folder of a set in it, and a copy of that set to be damaged. */
let place: Place;
let whole: string;
let other: string;

/** What verify says of a copy of the set that `damage` was done to: the exit code of the contract. */
const verdictOn = async (damage: SetDamage): Promise<number> => {
  const folder = await copyOf(whole);
  await damage(folder, other);
  try {
    const proof = await verify(testContext(place.project), await openSet(folder), 'archive');
    return proof.verdict === 'damaged' ? 4 : 0;
  } catch (error) {
    if (error instanceof OpsError) return error.exit;
    throw error;
  }
};

const copyOf = async (folder: string): Promise<string> => {
  const copy = join(place.project, 'copy');
  await rm(copy, {recursive: true, force: true});
  await cp(folder, copy, {recursive: true});
  return copy;
};

/** The same numbers in every run. https://en.wikipedia.org/wiki/Linear_congruential_generator */
const numbers = (seed: number) => {
  let state = seed;
  return (below: number) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * below);
  };
};

const flip = async (file: string, {byte, bit}: {byte: number; bit: number}): Promise<void> => {
  const handle = await open(file, 'r+');
  const chunk = Buffer.alloc(1);
  await handle.read(chunk, 0, 1, byte);
  chunk[0] = (chunk[0] ?? 0) ^ (1 << bit);
  await handle.write(chunk, 0, 1, byte);
  await handle.close();
};

if (has('postgres')) {
  it.before(async () => {
    const server = await startPostgres();
    try {
      place = await makePlace(server);
      await place.sql('INSERT INTO pair VALUES (0, $$one more$$); CREATE INDEX ON pair (note)');
      const set = JSON.parse((await succeeds(place, ['--json'])).stdout);
      const {sets} = JSON.parse((await place.run('list', ['--json'])).stdout);
      whole = set.folder;
      other = sets
        .map(({folder}: {folder: string}) => folder)
        .find((folder: string) => folder !== whole);
    } finally {
      await server.end();
    }
  });
  it.after(() => place.end());

  it('finds nothing where nothing was done', async () => {
    assert.is(await verdictOn(async () => {}), 0);
  });

  for (const [what, damage, exit] of setDamages)
    it(`ends with ${exit} on a set with ${what}`, async () => {
      assert.is(await verdictOn(damage), exit);
    });

  it('notices every single flipped bit of the files', async () => {
    const next = numbers(2_026);
    const {manifest} = await openSet(whole);
    for (let count = 0; count < scaled(200); count += 1) {
      const {name, bytes} = manifest.files[next(manifest.files.length)] ?? {name: dump, bytes: 1};
      const place = {byte: next(bytes), bit: next(8)};
      const exit = await verdictOn((folder) => flip(join(folder, name), place));
      assert.is(exit, 4, `${name}: bit ${place.bit} of byte ${place.byte}`);
    }
  });

  it('reads a manifest with a flipped bit as it stands, or says what is wrong with it', async () => {
    const next = numbers(7);
    const {length} = await readFile(join(whole, manifest));
    for (let count = 0; count < scaled(200); count += 1) {
      const place = {byte: next(length), bit: next(8)};
      const exit = await verdictOn((folder) => flip(join(folder, manifest), place));
      assert.ok(
        [0, 2, 4, 6].includes(exit),
        `exit ${exit}: bit ${place.bit} of byte ${place.byte}`,
      );
    }
  });

  it('notices every truncation', async () => {
    const {manifest} = await openSet(whole);
    for (const {name, bytes} of manifest.files) {
      const ends = [
        0,
        1,
        2,
        17,
        18,
        ...Array.from({length: scaled(20)}, (_, i) => bytes - 1 - i * 3),
      ];
      const steps = Array.from({length: scaled(20)}, (_, i) => Math.floor((bytes * (i + 1)) / 21));
      for (const length of [...ends, ...steps].filter((length) => length >= 0 && length < bytes))
        assert.is(
          await verdictOn((folder) => truncate(join(folder, name), length)),
          4,
          `${name} cut at ${length}`,
        );
    }
  });

  it('tells it at the door too: exit 4, what is wrong, no stack', async () => {
    const folder = await copyOf(whole);
    await truncate(join(folder, dump), 1_000);
    for (const level of ['checksum', 'archive', 'restore']) {
      const {exitCode, stdout, stderr} = await place.run('verify', [folder, '--level', level]);
      assert.is(exitCode, 4, stderr);
      assert.match(
        stdout,
        /damaged[\s\S]*database\.dump\.gz has 1000 bytes, the manifest says \d+/,
      );
      assert.not.match(stderr, /^ +at /m);
    }
  });
}

it.run();

/** Flipped bits, cuts at every length, and files of ten sets put in each other's place: all are noticed. */
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openSet, readShelf, type StoredSet} from '../../lib/io/store.ts';
import {OpsError} from '../../lib/model/errors.ts';
import {standingOf} from '../../lib/model/proof.ts';
import {checkFiles} from '../../lib/tasks/verify.ts';
import {compileDoors} from '../support/compiled.ts';
import {testContext} from '../support/context.ts';
import {makePlace, type Place, pairs} from '../support/faults.ts';
import {startPostgres} from '../support/postgres.ts';
import {has, scaled} from '../support/require.ts';

const it = suite('bit rot');

let place: Place;
let compiled: string;
let sets: readonly StoredSet[];

/** What is wrong with a set as it lies there; a text where it is no set any more. */
const problemsOf = async (folder: string): Promise<readonly string[]> => {
  try {
    return await checkFiles(testContext('/nowhere'), await openSet(folder));
  } catch (error) {
    if (error instanceof OpsError && (error.exit === 4 || error.exit === 2)) return [error.message];
    throw error;
  }
};

/** A file with other bytes while `look` looks. */
const withBytes = async (
  path: string,
  change: (bytes: Buffer) => Buffer,
  look: () => Promise<unknown>,
) => {
  const bytes = await readFile(path);
  await writeFile(path, change(Buffer.from(bytes)));
  await look();
  await writeFile(path, bytes);
};

const flipped = (place: {byte: number; bit: number}) => (bytes: Buffer) => {
  bytes[place.byte] = (bytes[place.byte] ?? 0) ^ (1 << place.bit);
  return bytes;
};

const none = {name: '', path: '', length: 0};

/** The same numbers in every run. https://en.wikipedia.org/wiki/Linear_congruential_generator */
const numbers = (seed: number) => {
  let state = seed;
  return (below: number) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * below);
  };
};

if (has('postgres')) {
  it.before(async () => {
    compiled = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
    await compileDoors(compiled, ['backup', 'verify']);
    const server = await startPostgres();
    try {
      place = await makePlace(server, {sql: pairs(500), withOlderSet: false});
      for (let count = 0; count < 10; count += 1) {
        await place.sql(`UPDATE pair SET note = 'set ${count}' WHERE id = ${count}`);
        const made = await place.run('backup', [], {compiled});
        assert.is(made.exitCode, 0, made.stderr);
      }
    } finally {
      await server.end();
    }
    ({sets} = await readShelf(place.shelf));
    assert.is(sets.length, 10);
  });
  it.after(async () => {
    await rm(compiled, {recursive: true, force: true});
    await place.end();
  });

  const first = () => sets[0] as StoredSet;
  const files = async () =>
    Promise.all(
      [...first().manifest.files.map(({name}) => name), 'manifest.json'].map(async (name) => {
        const path = join(first().folder, name);
        return {name, path, length: (await readFile(path)).length};
      }),
    );

  it('notices ten thousand flipped bits in the files and the manifest, and names the file', async () => {
    const next = numbers(2_026);
    const all = await files();
    assert.equal(await problemsOf(first().folder), []);
    for (let count = 0; count < scaled(1_000); count += 1) {
      const {name, path, length} = all[next(all.length)] ?? none;
      const at = {byte: next(length), bit: next(8)};
      await withBytes(path, flipped(at), async () => {
        const problems = await problemsOf(first().folder);
        const said = `${name}: bit ${at.bit} of byte ${at.byte}: ${problems}`;
        assert.ok(problems.length > 0, said);
        if (name !== 'manifest.json') assert.match(problems.join(), name, said);
      });
    }
    assert.equal(await problemsOf(first().folder), []);
  });

  it('tells them at the door: exit 4, or 2 for a manifest that became one of a newer version', async () => {
    const next = numbers(7);
    const all = await files();
    const proofs = join(first().folder, 'proof.jsonl');
    const before = await readFile(proofs);
    for (let count = 0; count < scaled(10); count += 1) {
      const {name, path, length} = all[count % all.length] ?? none;
      const at = {byte: next(length), bit: next(8)};
      await withBytes(path, flipped(at), async () => {
        const args = [first().folder, '--level', 'checksum'];
        const {exitCode, stdout, stderr} = await place.run('verify', args, {compiled});
        const said = `${name}: bit ${at.bit} of byte ${at.byte}\n${stdout}${stderr}`;
        assert.ok(exitCode === 4 || (name === 'manifest.json' && exitCode === 2), said);
        assert.match(stdout + stderr, name === 'manifest.json' ? /manifest/ : name, said);
        assert.not.match(stderr, /^ +at /m);
        await writeFile(proofs, before);
      });
    }
  });

  it('notices every cut: at 0 to 4096 bytes, each 4 KiB, and the last 64 bytes', async () => {
    const stride = Math.max(1, Math.round(40 / scaled(1)));
    for (const {name, path, length} of await files()) {
      const ends = Array.from({length: 64}, (_, i) => length - 1 - i);
      const steps = Array.from({length: Math.floor(length / 4_096)}, (_, i) => i * 4_096);
      const starts = Array.from({length: 4_097}, (_, i) => i).filter((i) => i % stride === 0);
      const lengths = new Set([...starts, ...steps, ...ends].filter((n) => n >= 0 && n < length));
      for (const cut of lengths)
        await withBytes(
          path,
          (bytes) => bytes.subarray(0, cut),
          async () => {
            const problems = await problemsOf(first().folder);
            assert.match(problems.join(), name, `${name} cut at ${cut}: ${problems}`);
          },
        );
    }
  });

  it('notices files, manifests and proofs of any other set in the place of its own', async () => {
    let tried = 0;
    for (const from of sets)
      for (const to of sets) {
        if (from === to) continue;
        for (const name of [...to.manifest.files.map((file) => file.name), 'manifest.json']) {
          const other = await readFile(join(from.folder, name));
          // The schema of two sets may well be the same.
          if (other.equals(await readFile(join(to.folder, name)))) continue;
          tried += 1;
          const look = async () => {
            const problems = await problemsOf(to.folder);
            assert.ok(problems.length > 0, `${name} of ${from.folder} in ${to.folder}`);
          };
          await withBytes(join(to.folder, name), () => other, look);
        }
      }
    assert.ok(tried >= 180, `${tried} were tried`);
  });

  it('takes no set for proven by the proofs of another', async () => {
    for (const from of sets)
      for (const to of sets) {
        if (from === to) continue;
        const proofs = await readFile(join(from.folder, 'proof.jsonl'));
        const own = await readFile(join(to.folder, 'proof.jsonl'));
        const path = join(to.folder, 'proof.jsonl');
        const replayed = async () => {
          const set = await openSet(to.folder);
          assert.is(standingOf(set.proofs).proven, undefined);
          assert.match((await problemsOf(to.folder)).join(), /proof.jsonl has proofs of/);
        };
        await withBytes(path, () => proofs, replayed);
        // Appended, it adds nothing and is named.
        const appended = async () => {
          assert.is((await openSet(to.folder)).proofs.length, 1);
          assert.match((await problemsOf(to.folder)).join(), /proof.jsonl has proofs of/);
        };
        await withBytes(path, () => Buffer.concat([own, proofs]), appended);
      }
  });
}

it.run();

/** Sets that something has changed since they were written: verify names it, whatever it is. */
import {cp, rm, truncate} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openSet} from '../../lib/io/store.ts';
import {OpsError} from '../../lib/model/errors.ts';
import {verify} from '../../lib/tasks/verify.ts';
import {dump, type SetDamage, setDamages} from '../fixtures/set-damages.ts';
import {testContext} from '../support/context.ts';
import {makePlace, type Place, succeeds} from '../support/faults.ts';
import {startPostgres} from '../support/postgres.ts';
import {has} from '../support/require.ts';

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

/** The folder of the deploys: what is not there is nothing, what can't be read is a fault. */
import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  deployFolder,
  existingLockFile,
  keepDefinition,
  lockFile,
  note,
  readDefinition,
  readDeploys,
} from '../../lib/io/deploy-folder.ts';
import {faultOf} from '../support/fault.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('the folder of deploys');

const deploy = '20260101T000000Z';

it('reads nothing where there was no deploy, and makes nothing', () =>
  withTempFolder(async (project) => {
    const home = {project, composeFile: undefined};
    assert.equal(await readDeploys(home), []);
    assert.is(await readDefinition(home, deploy), undefined);
    assert.is(existingLockFile(home), undefined);
    assert.equal(await readdir(project), []);
  }));

it('reads what was written, and knows the lock that is there', () =>
  withTempFolder(async (project) => {
    const home = {project, composeFile: join(project, 'compose.yml')};
    const folder = await deployFolder(home);
    await note(folder, {deploy, event: 'started', phase: 'lock'});
    await keepDefinition(folder, deploy, '{}');
    await writeFile(lockFile(folder), '');
    assert.equal(
      (await readDeploys(home)).map(({event}) => event),
      ['started'],
    );
    assert.is(await readDefinition(home, deploy), '{}');
    assert.is(existingLockFile(home), lockFile(folder));
  }));

it('does not take for empty what it can not read', () =>
  withTempFolder(async (project) => {
    const home = {project, composeFile: undefined};
    const folder = await deployFolder(home);
    await mkdir(join(folder, 'deploys.jsonl'));
    await mkdir(join(folder, `${deploy}.compose.json`));
    for (const read of [() => readDeploys(home), () => readDefinition(home, deploy)]) {
      const fault = await faultOf(read, 'unavailable');
      assert.match(fault.message, /can't be read/);
      assert.ok(fault.hint);
    }
  }));

it.run();

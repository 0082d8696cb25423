/** Which mounts of this host a container may have that must not reach production. */
import {once} from 'node:events';
import {mkdir, symlink, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {harmlessBinds} from '../../lib/io/bind-sources.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('bind sources');

const harmless = (...sources: readonly string[]) => [
  ...harmlessBinds({
    name: 'shop',
    services: {
      web: {volumes: sources.map((source) => ({type: 'bind', source, target: '/x'}))},
      other: {volumes: [{type: 'volume', source: 'data', target: '/data'}]},
    },
  }),
];

it('takes files and folders that are there', () =>
  withTempFolder(async (folder) => {
    const file = join(folder, 'app.conf');
    await writeFile(file, '');
    assert.equal(harmless(file, folder, join(folder, 'missing')), [file, folder]);
  }));

it('takes no socket, and no folder that has one', () =>
  withTempFolder(async (folder) => {
    const inside = join(folder, 'run/deep');
    await mkdir(inside, {recursive: true});
    const socket = join(inside, 's');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    try {
      const link = join(folder, 'link');
      await symlink(socket, link);
      assert.equal(harmless(socket, link, inside, join(folder, 'run'), folder), []);
    } finally {
      server.close();
    }
  }));

for (const source of [
  '/',
  '/proc',
  '/sys/fs',
  '/dev',
  '/run',
  '/var/run/docker.sock',
  '/var/lib/docker',
])
  it(`does not take ${source}`, () => {
    assert.equal(harmless(source), []);
  });

it('takes no folder that is too deep to be looked through', () =>
  withTempFolder(async (folder) => {
    await mkdir(join(folder, 'a/'.repeat(14)), {recursive: true});
    assert.equal(harmless(folder), []);
  }));

it.run();

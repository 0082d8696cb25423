/** Which programs are found: in folders of little programs that say a version. */
import {chmod, mkdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {createShell} from '../../lib/io/shell.ts';
import {
  clientFor,
  findClients,
  findCompressors,
  lookUp,
  serverBinaries,
} from '../../lib/io/tools.ts';
import {parseVersion} from '../../lib/model/version.ts';
import {faultOf} from '../support/fault.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('tools');

const shellWith = (...folders: readonly string[]) =>
  createShell({
    environment: {PATH: [...folders, '/usr/bin', '/bin'].join(':')},
    signal: new AbortController().signal,
    redact: (text) => text,
    trace: () => {},
  });

/** A folder of programs that print a line and end as they are told. */
const install = async (
  folder: string,
  {says = 'pg_dump (PostgreSQL) 15.18', exit = 0, names = ['pg_dump', 'pg_restore', 'psql']} = {},
): Promise<string> => {
  await mkdir(folder, {recursive: true});
  for (const name of names)
    await writeFile(join(folder, name), `#!/bin/sh\necho '${says}'\nexit ${exit}\n`, {mode: 0o755});
  return folder;
};

const versionsIn = async (folder: string, {binaries}: {binaries?: string} = {}) =>
  (await findClients(shellWith(folder), {binaries})).map(({version}) => version.text);

it('takes the folder that PG_BINDIR names, and no other', () =>
  withTempFolder(async (folder) => {
    const named = await install(join(folder, 'named'), {says: 'pg_dump (PostgreSQL) 99.3'});
    const onPath = await install(join(folder, 'path'));
    assert.equal(await versionsIn(onPath, {binaries: named}), ['99.3']);
    await faultOf(() => versionsIn(onPath, {binaries: join(folder, 'none')}), 'unavailable');
  }));

it('finds those on the PATH, whatever else is installed', () =>
  withTempFolder(async (folder) => {
    const onPath = await install(join(folder, 'path'), {says: 'pg_dump (PostgreSQL) 98.2'});
    assert.ok((await versionsIn(onPath)).includes('98.2'));
  }));

it('passes over a folder where one program is missing, or none may be run', () =>
  withTempFolder(async (folder) => {
    const half = await install(join(folder, 'half'), {names: ['pg_dump', 'psql']});
    await faultOf(() => versionsIn('/none', {binaries: half}), 'unavailable');
    const dull = await install(join(folder, 'dull'));
    await chmod(join(dull, 'psql'), 0o644);
    await faultOf(() => versionsIn('/none', {binaries: dull}), 'unavailable');
    const odd = await install(join(folder, 'odd'), {names: ['pg_dump', 'psql']});
    await mkdir(join(odd, 'pg_restore'));
    await faultOf(() => versionsIn('/none', {binaries: odd}), 'unavailable');
  }));

it("passes over Debian's wrapper, which guesses a version of its own", () =>
  withTempFolder(async (folder) => {
    const share = await install(join(folder, 'share'), {
      names: ['pg_wrapper'],
      says: 'pg_dump (PostgreSQL) 97.1',
    });
    await mkdir(join(folder, 'bin'));
    for (const name of ['pg_dump', 'pg_restore', 'psql'])
      await symlink(join(share, 'pg_wrapper'), join(folder, 'bin', name));
    const found = await versionsIn(join(folder, 'bin')).catch((): string[] => []);
    assert.not(found.includes('97.1'));
  }));

it('lets no broken installation stand in the way of a whole one, and says why where it is the only one', () =>
  withTempFolder(async (folder) => {
    const broken = await install(join(folder, 'broken'), {
      says: 'libpq.so.5 is missing',
      exit: 127,
    });
    const whole = await install(join(folder, 'whole'), {says: 'pg_dump (PostgreSQL) 96.4'});
    assert.ok((await versionsIn(`${broken}:${whole}`)).includes('96.4'));
    const fault = await faultOf(() => versionsIn('/none', {binaries: broken}), 'unavailable');
    assert.match(String(fault.cause), /pg_dump failed with exit code 127/);
    assert.match(fault.hint ?? '', /PG_BINDIR/);
  }));

const client = (text: string) => ({
  binaries: `/pg/${text}`,
  version: parseVersion(text) ?? {major: 0, minor: 0, text},
});

it('says which client a newer server needs', async () => {
  const clients = [client('14.2'), client('15.18')];
  const server = client('17.5').version;
  const fault = await faultOf(() => clientFor(clients, server), 'unavailable');
  assert.match(
    fault.message,
    /the server is PostgreSQL 17\.5, and the newest client here is 15\.18/,
  );
  assert.match(fault.hint ?? '', 'apt-get install postgresql-client-17');
  assert.is(clientFor(clients, client('14.0').version).client.version.text, '14.2');
});

it('looks programs up on the PATH in its order, absolute folders and files alone', () =>
  withTempFolder(async (folder) => {
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    await mkdir(join(first, 'zstd'), {recursive: true});
    await install(second, {names: ['zstd', 'igzip']});
    const shell = shellWith('.', '', 'relative', first, second);
    assert.is(lookUp(shell, 'zstd'), join(second, 'zstd'));
    assert.is(lookUp(shell, 'no-such-program'), undefined);
    assert.is(findCompressors(shell).igzip, join(second, 'igzip'));
  }));

it('knows a folder that has the server too', () =>
  withTempFolder(async (folder) => {
    const binaries = await install(folder);
    assert.is(serverBinaries({...client('15.18'), binaries}), undefined);
    await install(folder, {names: ['initdb', 'postgres']});
    assert.is(serverBinaries({...client('15.18'), binaries}), folder);
  }));

it.run();

import {execFile, execFileSync} from 'node:child_process';
import {chmod, mkdir, readFile, stat, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {OpsError} from '../../lib/model/errors.ts';
import {aptInstall} from '../../scripts/_apt.ts';
import {type Host, installLine} from '../../scripts/_install-line.ts';
import {patchedClient} from '../../scripts/_packages.ts';
import {loaderFlags, repository} from '../support/door.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('setup');

type Machine = {
  readonly root: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What the apt-get of this machine saw, a line each. */
  seen(): Promise<string>;
};

const config = 'etc/postgresql-common/createcluster.conf';
const policy = 'usr/sbin/policy-rc.d';

/** A root folder, and programs that note what they are asked and what is in place meanwhile. */
const withMachine = (use: (machine: Machine) => Promise<void>, then = 'exit 0'): Promise<void> =>
  withTempFolder(async (root) => {
    const apt = `echo "$@"; cat ${config}; ./${policy}; echo "policy $?"`;
    const scripts = {
      'apt-get': `cd ${root}; { ${apt}; } >>seen 2>&1; echo 'apt says no'; ${then}`,
      'deb-systemd-helper': `echo "helper $@" >>${root}/seen`,
      'update-rc.d': `echo "rc $@" >>${root}/seen`,
    };
    for (const [name, script] of Object.entries(scripts))
      await place(join(root, 'bin', name), `#!/bin/sh\n${script}\n`);
    await use({
      root,
      environment: {PATH: `${root}/bin:${process.env['PATH']}`},
      seen: () => readFile(join(root, 'seen'), 'utf8'),
    });
  });

const place = async (file: string, text: string, mode = 0o755) => {
  await mkdir(dirname(file), {recursive: true});
  await writeFile(file, text);
  await chmod(file, mode);
};

const there = async (file: string) => {
  const facts = await stat(file).catch(() => undefined);
  return facts && {text: await readFile(file, 'utf8'), mode: facts.mode & 0o777};
};

it('forbids clusters and services while apt runs, and leaves no trace', async () => {
  await withMachine(async ({root, environment, seen}) => {
    await aptInstall(['postgresql', 'redis-server'], {root, environment});
    const lines = await seen();
    assert.match(lines, /install --yes --no-install-recommends postgresql redis-server\n/);
    assert.is(lines.match(/^create_main_cluster = false$/gm)?.length, 2);
    assert.is(lines.match(/^policy 101$/gm)?.length, 2);
    assert.match(lines, /helper disable redis-server\.service/);
    assert.is(await there(join(root, config)), undefined);
    assert.is(await there(join(root, policy)), undefined);
  });
});

it('puts back exactly what was there, also when apt fails', async () => {
  await withMachine(async ({root, environment}) => {
    const files = [
      {file: join(root, config), text: 'start_conf = manual\n', mode: 0o640},
      {file: join(root, policy), text: '#!/bin/sh\nexit 104\n', mode: 0o755},
    ];
    for (const {file, text, mode} of files) await place(file, text, mode);
    const fault = await aptInstall(['postgresql'], {root, environment}).catch((error) => error);
    assert.instance(fault, OpsError);
    assert.is(fault.message, 'apt-get update failed with exit code 100');
    assert.match(fault.cause.message, /apt says no/);
    for (const {file, text, mode} of files) {
      assert.equal(await there(file), {text, mode});
      assert.is(await there(`${file}.before-pgkeep`), undefined);
    }
  }, 'exit 100');
});

it('repairs what a killed run left, whose policy forbids nothing any more', async () => {
  await withMachine(async ({root, environment, seen}) => {
    await place(join(root, config), 'start_conf = auto\n', 0o644);
    const program = `import {aptInstall} from ${JSON.stringify(`${repository}scripts/_apt.ts`)};
      await aptInstall(['postgresql'], {root: ${JSON.stringify(root)}});`;
    const file = join(root, 'killed.mts');
    await place(file, program);
    await new Promise<void>((resolve) => {
      const child = execFile(process.execPath, [...loaderFlags, file], {env: environment}, () =>
        resolve(),
      );
      const timer = setInterval(async () => {
        if (!(await there(join(root, 'seen')))) return;
        clearInterval(timer);
        child.kill('SIGKILL');
      }, 20);
    });
    execFileSync(join(root, policy));
    assert.is((await there(`${join(root, config)}.before-pgkeep`))?.text, 'start_conf = auto\n');
    await place(join(root, 'bin/apt-get'), '#!/bin/sh\nexit 0\n');
    await aptInstall(['postgresql'], {root, environment});
    assert.equal(await there(join(root, config)), {text: 'start_conf = auto\n', mode: 0o644});
    assert.is(await there(join(root, policy)), undefined);
    assert.match(await seen(), /policy 101/);
  }, 'sleep 5');
});

for (const [says, isHere] of [
  ['echo psql (PostgreSQL) 15.18', false],
  ['echo psql (PostgreSQL) 15.20', true],
  ['exit 127', false],
] as const)
  it(`${isHere ? 'leaves' : 'wants a newer minor of'} a client that does '${says}'`, () =>
    withTempFolder(async (root) => {
      const folder = join(root, '15/bin');
      const script = says.replace('(', '\\(').replace(')', '\\)');
      await place(join(folder, 'psql'), `#!/bin/sh\n${script}\n`);
      const client = patchedClient(folder);
      assert.equal([client.name, await client.isHere()], ['postgresql-client-15', isHere]);
    }));

const debian: Host = {platform: 'linux', isRoot: false, installer: 'apt-get'};
const lines: readonly [what: string, host: Host, names: readonly string[], line: RegExp][] = [
  [
    'Debian',
    debian,
    ['pigz', 'zstd'],
    /^run: sudo apt-get update && sudo apt-get install -y pigz zstd$/,
  ],
  [
    'Debian as root',
    {...debian, isRoot: true},
    ['pigz'],
    /^run: apt-get update && apt-get install -y pigz$/,
  ],
  [
    'a server on Debian',
    debian,
    ['postgresql'],
    /install -y postgresql \(apt then starts a server/,
  ],
  [
    'Fedora',
    {...debian, installer: 'dnf'},
    ['postgresql', 'sqlite3'],
    /^run: sudo dnf install -y postgresql-server postgresql-contrib sqlite$/,
  ],
  [
    'macOS',
    {platform: 'darwin', isRoot: false, installer: undefined},
    ['postgresql', 'postgresql-client', 'strace'],
    /^run: brew install postgresql@17$/,
  ],
  [
    'anything else',
    {platform: 'linux', isRoot: false, installer: undefined},
    ['zstd'],
    /package manager: zstd$/,
  ],
];

for (const [what, host, names, line] of lines)
  it(`gives one line for ${what}`, () => assert.match(installLine(names, host), line));

it.run();

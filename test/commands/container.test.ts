/** Tools in containers, word for word; and the little shell around them, run for real on this host. */
import {spawn} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Container, fileInside, guardian, inContainer} from '../../lib/commands/container.ts';
import {
  composeContainers,
  inspectContainer,
  removeContainer,
  runHelper,
} from '../../lib/commands/docker.ts';
import {pgDump} from '../../lib/commands/pg-dump.ts';
import {pgRestoreList} from '../../lib/commands/pg-restore.ts';
import {psqlScript, psqlSession} from '../../lib/commands/postgres.ts';
import type {Command} from '../../lib/model/command.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('sentences to containers');

const place: Container = {
  ...{docker: '/bin/docker', id: 'c1', user: '7:8', image: undefined, mounts: [], run: 'w0rd'},
};
const app = {libpq: {PGHOST: 'db', PGDATABASE: 'a b', PGPASSWORD: 'canary'}, source: 'test'};
const none = {schemas: [], tables: [], excludeTables: [], excludeTableData: []};
const dump = pgDump(app, {
  ...{binaries: place, format: 'custom', snapshot: undefined, lockWaitSeconds: 5},
  ...{filters: none, isStandby: false},
});

it('runs a tool without a terminal, and names what it needs of the environment', () => {
  assert.is(dump.file, '/bin/docker');
  const [exec, user, ...rest] = dump.args;
  assert.equal([exec, user], ['exec', '--user=7:8']);
  const names = [
    ...['LC_ALL', 'TZ', 'PGAPPNAME', 'PGCONNECT_TIMEOUT', 'PGHOST', 'PGDATABASE', 'PGPASSWORD'],
    ...['PGKEEP_RUN'],
  ];
  assert.equal(
    rest.slice(0, names.length),
    names.map((name) => `--env=${name}`),
  );
  assert.equal(rest.slice(names.length, names.length + 3), ['c1', 'sh', '-c']);
  assert.equal(rest.slice(names.length + 4, names.length + 7), [
    'sh',
    'pg_dump',
    '--format=custom',
  ]);
  assert.is(dump.env['PGPASSWORD'], 'canary');
});

it('puts no value into an argument, and never asks for a terminal', () => {
  for (const command of [dump, psqlSession(app, place), psqlScript(app, place)]) {
    assert.not.match(command.args.join(' '), /canary|a b/);
    assert.not.ok(command.args.some((word) => /^(-t|-it|--tty)$/.test(word)));
  }
});

it('lets nothing through that the container itself says of a connection', () => {
  const {args} = psqlScript(app, place);
  const script = args[args.indexOf('-c') + 1] ?? '';
  const [, unset = ''] = /unset (.*); exec/.exec(script) ?? [];
  for (const name of ['PGHOSTADDR', 'PGSERVICE', 'PGOPTIONS', 'PGSSLMODE', 'PGUSER', 'PGTZ'])
    assert.ok(unset.split(' ').includes(name), name);
  for (const name of ['PGHOST', 'PGPASSWORD']) assert.not.ok(unset.split(' ').includes(name), name);
});

it('hands an input over only where the tool reads one', () => {
  const isInteractive = ({args}: Command) => args.includes('--interactive');
  assert.equal([dump, psqlSession(app, place), pgRestoreList(place, 'input')].map(isInteractive), [
    ...[false, true, true],
  ]);
});

it('says to docker what it is to do', () => {
  const words = ({args}: Command) => args.join(' ');
  assert.match(
    words(composeContainers('docker')),
    /^ps --all --no-trunc --filter=label=com\.docker\.compose\.service /,
  );
  assert.match(words(inspectContainer('docker', 'c1')), /^inspect --type=container .* c1$/);
  assert.not.match(words(inspectContainer('docker', 'c1')), /Env/);
  assert.is(words(removeContainer('docker', 'c1')), 'rm --force --volumes c1');
  const helper = runHelper('docker', {
    ...{name: 'n', image: 'postgres:17', network: 'none', owner: 'o'},
    mounts: [
      {path: '/a', isReadOnly: true},
      {path: '/b,c "d"', isReadOnly: false},
    ],
  });
  for (const word of [
    '--pull=never',
    '--network=none',
    '--rm',
    '--mount=type=bind,source=/a,target=/a,readonly',
    '--mount=type=bind,"source=/b,c ""d""","target=/b,c ""d"""',
  ])
    assert.ok(helper.args.includes(word), word);
});

/** What a sentence runs in the container, run on this host: the words behind `c1`. */
const started = ({args, env}: Command) => {
  const [file = '', ...words] = args.slice(args.indexOf('c1') + 1);
  const child = spawn(file, words, {
    env: {PATH: process.env['PATH'] ?? '', PGHOST: 'db', PGOPTIONS: '-c x=y', ...env},
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = new Promise<{code: number | null; signal: string | null; output: string}>(
    (resolve) => child.once('close', (code, signal) => resolve({code, signal, output})),
  );
  const said = () => new Promise((resolve) => child.stdout.once('data', resolve));
  return {child, ended, said};
};

const tool = (script: string, env = {}) =>
  inContainer(place, {file: 'sh', args: ['-c', script], env}, 'data');

it('gives back the exit code and every byte, as the very process that docker started', async () => {
  const {child, ended} = started(tool('cat; echo "$$ $PPID $PGHOST-$PGOPTIONS"; exit 42'));
  child.stdin.end('a\nb\r\n');
  const {code, output} = await ended;
  assert.is(code, 42);
  assert.is(output, `a\nb\r\n${child.pid} ${process.pid} -\n`);
});

it('takes a file in', () =>
  withTempFolder(async (folder) => {
    const {child, ended} = started(fileInside(place, join(folder, "it's")));
    child.stdin.end('content');
    await ended;
    assert.is(await readFile(join(folder, "it's"), 'utf8'), 'content');
  }));

it('guards the tools of its own run: ends them at a word, and at the end of its input', async () => {
  const guarding = started(guardian(place));
  await guarding.said();
  const own = started(tool('echo up; exec sleep 60'));
  const deaf = started(tool("trap '' INT TERM; echo up; exec sleep 60"));
  const other = started(
    inContainer({...place, run: 'other'}, {file: 'sleep', args: ['60'], env: {}}, 'none'),
  );
  await Promise.all([own.said(), deaf.said()]);
  const cleared = guarding.said();
  guarding.child.stdin.write('\n');
  assert.is((await own.ended).signal, 'SIGINT');
  assert.is((await deaf.ended).signal, 'SIGKILL');
  await cleared;
  const late = started(tool('echo up; exec sleep 60'));
  await late.said();
  guarding.child.stdin.end();
  assert.is((await late.ended).signal, 'SIGINT');
  assert.equal(await guarding.ended, {code: 0, signal: null, output: 'ready\ncleared\n'});
  assert.equal([other.child.exitCode, other.child.signalCode], [null, null]);
  other.child.kill();
});

it.run();

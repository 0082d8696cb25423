import {once} from 'node:events';
import {closeSync, openSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {createShell, type Shell} from '../../lib/io/shell.ts';
import type {Command} from '../../lib/model/command.ts';
import {causesOf, OpsError} from '../../lib/model/errors.ts';
import {redactor} from '../../lib/model/redact.ts';
import {loaderFlags, repository} from '../support/door.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('shell');

const sh = (script: string, env: Record<string, string> = {}): Command => ({
  file: '/bin/sh',
  args: ['-c', script],
  env,
});

const makeShell = ({signal = new AbortController().signal, lines = [] as string[]} = {}): Shell =>
  createShell({
    environment: {PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C'},
    signal,
    redact: redactor(['s3cret']),
    trace: (line) => lines.push(line),
  });

const faultOf = async (work: Promise<unknown>): Promise<OpsError> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
  throw new Error('it did not fail');
};

/** Running, and not a zombie that nobody has waited for. */
const isAtWork = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

const untilGone = async (pid: number, milliseconds: number): Promise<void> => {
  const deadline = performance.now() + milliseconds;
  while (isAtWork(pid) && performance.now() < deadline) await setTimeout(50);
  assert.not.ok(isAtWork(pid), `process ${pid} is still at work`);
};

const pidIn = async (file: string): Promise<number> => {
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) {
    try {
      const pid = Number(readFileSync(file, 'utf8'));
      if (pid > 0) return pid;
    } catch {}
    await setTimeout(20);
  }
  throw new Error(`nobody wrote ${file}`);
};

it('gives what a program printed', async () => {
  const {stdout, stderr} = await makeShell().run(sh('echo answer; echo story >&2'));
  assert.equal([stdout, stderr], ['answer\n', 'story\n']);
});

it('hands a text to a program, and does not mind when that does not read it', async () => {
  assert.is((await makeShell().run(sh('cat'), {input: 'täxt'})).stdout, 'täxt');
  assert.is((await makeShell().run(sh('exit 0'), {input: 'x'.repeat(5_000_000)})).stdout, '');
});

it("gives programs nothing but its environment and the command's own", async () => {
  process.env['PGKEEP_TEST_CANARY'] = 'x';
  const {stdout} = await makeShell().run({file: 'env', args: [], env: {PGHOST: 'h'}});
  const names = stdout.split('\n').map((line) => line.split('=')[0]);
  assert.equal(names.filter((name) => name && name !== '_').sort(), ['LC_ALL', 'PATH', 'PGHOST']);
});

it('passes arguments as they are', async () => {
  const hostile = ['$(id)', "'; id", '`id`', '*', '-x', '', 'a b', '%s\n', '🐘'];
  const command = {file: 'printf', args: ['[%s]', ...hostile], env: {}};
  assert.is((await makeShell().run(command)).stdout, hostile.map((word) => `[${word}]`).join(''));
});

const failures: readonly [string, Command, RegExp, RegExp][] = [
  ['an exit code', sh('echo why >&2; exit 3'), /^sh failed with exit code 3$/, /^why$/],
  ['a signal', sh('kill -KILL $$'), /^sh was ended by SIGKILL$/, /./],
  ['silence', sh('exit 1'), /^sh failed with exit code 1$/, /no message/],
  ['a program that is not there', {file: '/nowhere/pg_dump', args: [], env: {}}, /^pg_dump /, /./],
  ['a name that is on no PATH', {file: 'pg_nowhere', args: [], env: {}}, /^pg_nowhere /, /./],
];

for (const [what, command, message, cause] of failures) {
  it(`makes an error of ${what}`, async () => {
    const error = await faultOf(makeShell().run(command));
    assert.is(error.kind, 'toolFailed');
    assert.match(error.message, message);
    assert.match(causesOf(error).join('\n'), cause);
  });
}

it('lets the caller say what kind of error a failure is', async () => {
  assert.is((await faultOf(makeShell().run(sh('exit 2'), {kind: 'unavailable'}))).exit, 6);
});

it('shows no secret and no escape sequence in errors, whatever the program printed', async () => {
  const lines: string[] = [];
  const command = sh('echo "$PGPASSWORD is wrong" >&2; printf \'\\033[2J\' >&2; exit 1', {
    PGPASSWORD: 's3cret',
  });
  const error = await faultOf(makeShell({lines}).run(command));
  const told = [error.message, ...causesOf(error), ...lines].join('\n');
  assert.not.match(told, /s3cret|\u001b/);
  assert.match(lines.join('\n'), 'PGPASSWORD=***');
});

it('moves bytes from program to program, and into a file', async () => {
  await withTempFolder(async (folder) => {
    const file = join(folder, 'out');
    const output = openSync(file, 'wx');
    await makeShell().pipe([sh('head -c 3000000 /dev/zero'), sh('tr "\\0" x'), sh('wc -c')], {
      output,
    });
    closeSync(output);
    assert.is(readFileSync(file, 'utf8').trim(), '3000000');
  });
});

it("reads a pipe's input from a text or from an open file", async () => {
  const stages = [sh('cat'), sh('tr a-z A-Z')];
  assert.is((await makeShell().pipe(stages, {input: 'text', output: 'text'})).stdout, 'TEXT');
  await withTempFolder(async (folder) => {
    writeFileSync(join(folder, 'in'), 'file');
    const input = openSync(join(folder, 'in'), 'r');
    assert.is((await makeShell().pipe(stages, {input, output: 'text'})).stdout, 'FILE');
    closeSync(input);
  });
});

const pipes: readonly [string, readonly Command[], RegExp][] = [
  [
    'the first stage, though the last one is content',
    [sh('echo x; exit 4'), sh('cat')],
    /exit code 4/,
  ],
  [
    'the consumer that died, not the producer that lost it',
    [sh('yes'), sh('exit 5')],
    /exit code 5/,
  ],
  ['the consumer that was killed', [sh('yes'), sh('kill -KILL $$')], /SIGKILL/],
  ['a stage in the middle', [sh('yes'), sh('head -1; exit 6'), sh('cat')], /exit code 6/],
  ['a stage that is not there', [sh('yes'), {file: '/nowhere/igzip', args: [], env: {}}], /igzip/],
];

for (const [what, stages, message] of pipes) {
  it(`blames ${what}`, async () => {
    const error = await faultOf(makeShell().pipe(stages, {output: 'text'}));
    assert.match(error.message, message);
  });
}

it('ends programs when it is aborted, and throws the reason', async () => {
  await withTempFolder(async (folder) => {
    const controller = new AbortController();
    const file = join(folder, 'pid');
    const run = faultOf(
      makeShell({signal: controller.signal}).run(sh(`echo $$ > ${file}; exec sleep 60`)),
    );
    const pid = await pidIn(file);
    const reason = new OpsError('interrupted', 'interrupted by SIGINT');
    controller.abort(reason);
    assert.is(await run, reason);
    await untilGone(pid, 1_000);
  });
});

it('kills what does not end by SIGTERM', async () => {
  await withTempFolder(async (folder) => {
    const controller = new AbortController();
    const file = join(folder, 'pid');
    const stubborn = sh(`trap '' TERM; echo $$ > ${file}; while :; do sleep 0.1; done`);
    const run = faultOf(makeShell({signal: controller.signal}).run(stubborn));
    const pid = await pidIn(file);
    controller.abort(new OpsError('terminated', 'interrupted by SIGTERM'));
    assert.is((await run).kind, 'terminated');
    await untilGone(pid, 1_000);
  });
});

it('starts nothing once it is aborted', async () => {
  await withTempFolder(async (folder) => {
    const signal = AbortSignal.abort(new OpsError('timedOut', 'too late'));
    const error = await faultOf(makeShell({signal}).run(sh(`touch ${folder}/started`)));
    assert.is(error.kind, 'timedOut');
    assert.throws(() => readFileSync(join(folder, 'started')));
  });
});

it('gives programs no terminal to ask at', async () => {
  const {stdout} = await makeShell().run(
    sh('if (exec < /dev/tty) 2> /dev/null; then echo terminal; else echo none; fi'),
  );
  assert.is(stdout, 'none\n');
});

it('keeps a started program until its caller ends it', async () => {
  const controller = new AbortController();
  const child = makeShell({signal: controller.signal}).start({file: 'cat', args: [], env: {}});
  controller.abort(new Error('ended'));
  child.stdin?.write('still there\n');
  const [chunk] = await once(child.stdout ?? process.stdin, 'data');
  assert.is(String(chunk), 'still there\n');
  child.kill('SIGTERM');
  assert.is((await child.ended).signal, 'SIGTERM');
});

it('leaves no program at work when pgkeep itself is killed', async () => {
  await withTempFolder(async (folder) => {
    const file = join(folder, 'pid');
    const script = join(folder, 'victim.mts');
    writeFileSync(
      script,
      `import {createShell} from ${JSON.stringify(`${repository}lib/io/shell.ts`)};
       const shell = createShell({environment: {PATH: '/usr/bin:/bin'}, signal: new AbortController().signal, redact: (text) => text, trace: () => {}});
       await shell.run({file: '/bin/sh', args: ['-c', 'echo $$ > ${file}; exec sleep 60'], env: {}});`,
    );
    const victim = makeShell().start({
      file: process.execPath,
      args: [...loaderFlags, script],
      env: {},
    });
    const pid = await pidIn(file);
    victim.kill('SIGKILL');
    await victim.ended;
    await untilGone(pid, 2_000);
  });
});

it.run();

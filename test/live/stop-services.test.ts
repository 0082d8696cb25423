/** `--stop-services`: what writes to the database stands still while it changes names, and comes back whatever happens. */
import {execFile} from 'node:child_process';
import {appendFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readJournal} from '../../lib/io/journal.ts';
import {shelfFolder} from '../../lib/io/store.ts';
import {password, startCompose} from '../support/compose.ts';
import {areContainersReady} from '../support/containers.ts';
import type {DoorResult} from '../support/door.ts';
import {until} from '../support/faults.ts';
import {ok} from '../support/project.ts';
import {has, isRequired, skip} from '../support/require.ts';

const it = suite('--stop-services');
const run = promisify(execFile);

const whereUp = (): boolean => {
  if (!has('docker')) return false;
  if (areContainersReady()) return true;
  const why = 'no compose plugin or test images here: PGKEEP_TEST_REQUIRE=docker makes them';
  if (isRequired('docker')) throw new Error(why);
  skip(why);
  return false;
};

const insert = (who: string) =>
  `psql -qX -h postgres -U app -d app -c "INSERT INTO log (who) VALUES ('${who}')" 2>/dev/null`;
/** Writes all the time; says so when it is told to end, and needs some seconds for it. */
const writer = (name: string) =>
  `trap '${insert(`${name} ends`).replaceAll("'", "'\\''")}; sleep 3; exit 0' TERM; while :; do ${insert(name)}; sleep 0.1; done`;

if (whereUp()) {
  const place = await startCompose(
    {postgres: 17},
    {
      web: {script: writer('web'), needs: ['worker', 'once']},
      worker: {script: writer('worker'), needs: ['once']},
      once: {script: 'echo ran'},
      idle: {script: 'sleep 1000'},
    },
  );
  it.after(() => place.end());
  await place.sql('postgres', 'CREATE TABLE log (id serial PRIMARY KEY, who text)');
  await place.compose('up', '--detach', 'web', 'worker', 'once', 'idle');
  await place.compose('stop', '--timeout=0', 'idle');

  const url = `postgres://app:${password}@postgres/app`;
  const backups = join(place.project, 'backups');
  const pgkeep = (verb: string, words: readonly string[], onStart?: (pid: number) => void) =>
    place.run(verb, words, {url, ...(onStart ? {onStart} : {})});
  const idOf = (service: string) => place.compose('ps', '--all', '--quiet', service);
  const inspect = async (service: string, field: string) =>
    (
      await run('docker', ['inspect', '--format', `{{${field}}}`, await idOf(service)])
    ).stdout.trim();
  const startedAt = (service: string) => inspect(service, '.State.StartedAt');
  const isUp = async (service: string) => (await inspect(service, '.State.Status')) === 'running';
  const writing = async (who: string) => {
    const count = () => place.sql('postgres', `SELECT count(*) FROM log WHERE who = '${who}'`);
    const before = await count();
    await until(async () => (await count()) !== before, `${who} writes`);
  };
  const inJournal = async (step: string) =>
    (await readJournal(shelfFolder(backups, 'app'))).filter((entry) => entry.step === step).length;

  /** What a run says that ends before it can be ended. */
  const tooEarly = async (running: Promise<DoorResult>) => {
    const {exitCode, stderr} = await running;
    assert.unreachable(`it has ended with ${exitCode} already: ${stderr}`);
  };

  it.before(async () => {
    await writing('web');
    ok(await pgkeep('backup', []));
  });

  it('stops all that run but the database, loses nothing written, and starts what it stopped', async () => {
    const dry = ok(await pgkeep('restore', ['--stop-services', '--dry-run']));
    assert.match(dry, /^services +web, worker: stopped before the swap, started again after it$/m);
    const [database, web, worker, once] = await Promise.all(
      ['postgres', 'web', 'worker', 'once'].map(startedAt),
    );
    const {plan, written} = JSON.parse(
      ok(await pgkeep('restore', ['--stop-services', '--yes', '--json'])),
    );
    assert.equal(plan.services, ['web', 'worker']);
    // What was told as written is all that was: nobody wrote between the look and the swap.
    const [, told] = /public\.log has (\d+) rows/.exec(written.join()) ?? [];
    assert.is(await place.sql('postgres', 'SELECT count(*) FROM log', plan.before), told);
    assert.is(await startedAt('postgres'), database);
    assert.is.not(await startedAt('web'), web);
    assert.is.not(await startedAt('worker'), worker);
    assert.is(await startedAt('once'), once, 'what had ended does not run again');
    assert.not.ok(await isUp('idle'), 'what was stopped stays so');
    assert.ok((await startedAt('worker')) < (await startedAt('web')), 'what is needed comes first');
    await writing('web');
    await writing('worker');

    const {plan: undone} = JSON.parse(
      ok(await pgkeep('undo', ['--stop-services', 'web', '--yes', '--json'])),
    );
    assert.equal(undone.services, ['web']);
    assert.ok((await isUp('web')) && (await isUp('worker')));
    await writing('web');
  });

  for (const [name, says] of [
    ['postgres', /'postgres' is the database's own/],
    ['wbe', /no container of a service 'wbe'[\s\S]*did you mean web/],
    ['web,', /expected names with commas/],
  ] as const)
    it(`refuses to stop '${name}', before anything starts`, async () => {
      const {exitCode, stderr} = await pgkeep('restore', ['--stop-services', name, '--yes']);
      assert.is(exitCode, 2, stderr);
      assert.match(stderr, says);
      assert.ok(await isUp('web'));
    });

  it('starts them again after Ctrl-C', async () => {
    const stops = await inJournal('stopped');
    let pid = 0;
    const words = ['--stop-services=web', '--yes'];
    const running = pgkeep('restore', words, (started) => (pid = started));
    // By its journal: what the service writes at its end is away with the swap, before a busy machine sees it.
    const meanwhile = until(
      async () => (await inJournal('stopped')) > stops,
      'it is stopping services',
      60_000,
    );
    await Promise.race([meanwhile, tooEarly(running)]);
    process.kill(pid, 'SIGINT');
    const {exitCode, stderr} = await running;
    assert.is(exitCode, 130, stderr);
    assert.match(stderr, /starting 'web' again/);
    assert.ok(await isUp('web'));
    assert.is(await inJournal('resumed'), await inJournal('stopped'));
    const left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'app_incoming_%'";
    assert.is(await place.sql('postgres', left), '0');
    await writing('web');
  });

  it('leaves word when it is killed: the next run says so and starts them', async () => {
    const stops = await inJournal('stopped');
    let pid = 0;
    const running = pgkeep('restore', ['--stop-services', '--yes'], (started) => (pid = started));
    const meanwhile = until(
      async () => (await inJournal('stopped')) > stops,
      'it stops services',
      60_000,
    );
    await Promise.race([meanwhile, tooEarly(running)]);
    await until(async () => !(await isUp('web')), 'the first is down', 30_000);
    process.kill(pid, 'SIGKILL');
    await running;
    assert.not.ok(await isUp('web'));
    const next = await pgkeep('restore', ['--yes']);
    assert.match(next.stderr, /the restore that began as \d+T\d+Z had stopped 'web', 'worker'/);
    ok(next);
    assert.ok((await isUp('web')) && (await isUp('worker')));
    assert.is(await inJournal('resumed'), await inJournal('stopped'));
    await writing('web');
  });

  it('touches no container of another project, whatever its journal names', async () => {
    const label = (key: string, value: string) => `--label=com.docker.compose.${key}=${value}`;
    const image = await inspect('web', '.Config.Image');
    const labels = [label('project', 'other'), label('service', 'web')];
    const made = await run('docker', ['create', ...labels, image, 'sleep', '1000']);
    const other = made.stdout.trim();
    const stateOf = async (id: string) =>
      (await run('docker', ['inspect', '--format', '{{.State.Status}}', id])).stdout.trim();
    try {
      const entry = (await readJournal(shelfFolder(backups, 'app'))).findLast(
        ({step}) => step === 'resumed',
      );
      const services = [{service: 'web', ids: [other]}];
      const forged = {...entry, run: '20260101T000000Z', step: 'stopped', services};
      const file = join(shelfFolder(backups, 'app'), 'restores.jsonl');
      await appendFile(file, `${JSON.stringify(forged)}\n`);
      const {stderr} = await pgkeep('restore', ['--yes']);
      assert.match(stderr, `of another project, so nothing was started: ${other}`);
      assert.is(await stateOf(other), 'created');
      await appendFile(file, `${JSON.stringify({...forged, step: 'resumed'})}\n`);
    } finally {
      await run('docker', ['rm', '--force', other]);
    }
  });

  it('is undecided where the restore is done and a service does not come back', async () => {
    let pid = 0;
    const running = pgkeep('restore', ['--stop-services', '--yes'], (started) => (pid = started));
    await until(async () => !(await isUp('web')), 'the first is down', 60_000);
    process.kill(pid, 'SIGSTOP');
    await run('docker', ['rm', '--force', await idOf('web')]);
    process.kill(pid, 'SIGCONT');
    const {exitCode, stderr} = await running;
    assert.is(exitCode, 9, stderr);
    assert.match(stderr, /the restore of 'app' is done, but not every one of .* could be started/);
    assert.match(stderr, /are gone/);
    const rows = "SELECT count(*) FROM log WHERE who = 'web'";
    const before = await place.sql('postgres', rows);
    await place.compose('up', '--detach', 'web');
    await until(async () => (await place.sql('postgres', rows)) !== before, 'web writes');
  });
}

it.run();

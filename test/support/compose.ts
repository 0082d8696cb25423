/** A compose project of a test's own: PostgreSQL 15 and 17 as services. */
import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {imageOf, type Major} from './containers.ts';
import {type DoorOptions, type DoorResult, door} from './door.ts';
import {until} from './faults.ts';

const run = promisify(execFile);

export const password = 'canary-5ecret';

export type ComposePlace = {
  readonly project: string;
  /** The port of 127.0.0.1 that a service publishes. */
  port(service: string): Promise<string>;
  compose(...words: readonly string[]): Promise<string>;
  /** Rows of a statement, by the service's own psql as its superuser. */
  sql(service: string, statement: string, database?: string): Promise<string>;
  /** The command lines of what pgkeep runs in a service. */
  strangersIn(service: string): Promise<readonly string[]>;
  run(
    verb: string,
    args: readonly string[],
    options: DoorOptions & {url?: string},
  ): Promise<DoorResult>;
  end(): Promise<void>;
};

/** What uses the database, or only stands there: a shell that runs `script`. */
export type App = {readonly script: string; readonly needs?: readonly string[]};

/** Services by name, each a PostgreSQL with a role and a database `app`; up when this returns. Apps are not started. */
export const startCompose = async (
  services: Readonly<Record<string, Major>>,
  apps: Readonly<Record<string, App>> = {},
): Promise<ComposePlace> => {
  const project = await mkdtemp(join(tmpdir(), 'pgkeep-test-compose-'));
  const definition = {
    services: Object.fromEntries([
      ...Object.entries(apps).map(([name, {script, needs = []}]) => [
        name,
        {
          ...{image: imageOf(17), pull_policy: 'never', init: true, stop_grace_period: '20s'},
          ...{entrypoint: ['sh', '-c', script], environment: {PGPASSWORD: password}},
          depends_on: needs,
        },
      ]),
      ...Object.entries(services).map(([name, major]) => [
        name,
        {
          image: imageOf(major),
          pull_policy: 'never',
          ports: ['127.0.0.1::5432'],
          // What a tool must not follow, beside what the official image takes.
          environment: {
            ...{POSTGRES_USER: 'app', POSTGRES_PASSWORD: password, POSTGRES_DB: 'app'},
            ...{PGHOSTADDR: '192.0.2.1', PGOPTIONS: '-c nonsense=1'},
          },
        },
      ]),
    ]),
  };
  await writeFile(join(project, 'compose.yaml'), JSON.stringify(definition));
  const compose = async (...words: readonly string[]) =>
    (await run('docker', ['compose', ...words], {cwd: project, maxBuffer: 1e8})).stdout.trim();
  const inside = (service: string, ...words: readonly string[]) =>
    compose('exec', '-T', service, 'env', '-u', 'PGHOSTADDR', '-u', 'PGOPTIONS', ...words);
  const sql: ComposePlace['sql'] = (service, statement, database = 'app') =>
    inside(service, 'psql', '-XAtqU', 'app', '-d', database, '-c', statement);
  await compose('up', '--detach', '--quiet-pull', ...Object.keys(services));
  for (const name of Object.keys(services)) {
    const isUp = () =>
      sql(name, 'SELECT 1').then(
        (answer) => answer === '1',
        () => false,
      );
    await until(isUp, `the service ${name} is up`, 60_000);
  }
  return {
    ...{project, compose, sql},
    port: async (service) => (await compose('port', service, '5432')).split(':').at(-1) ?? '',
    strangersIn: async (service) => {
      const list =
        'for p in /proc/[0-9]*; do grep -qs PGKEEP_RUN= $p/environ $p/cmdline && tr "\\0\\n" "  " <$p/cmdline && echo; done; true';
      const lines = (await inside(service, 'sh', '-c', list)).split('\n');
      // The one that looks has the word in its own command.
      return lines.filter((line) => line !== '' && !line.includes('for p in'));
    },
    run: (verb, args, {url, env = {}, ...options}) =>
      door(verb, ['--project', project, ...args], {
        ...options,
        env: {...(url === undefined ? {} : {DATABASE_URL: url}), ...env},
      }),
    end: async () => {
      await compose('down', '--timeout', '1', '--volumes');
      await rm(project, {recursive: true, force: true});
    },
  };
};

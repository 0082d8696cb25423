/** Deploys of the example application that are ended from outside, and the state before them again. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {type DeployState, deployStates} from '../../lib/model/deploy/deploy-state.ts';
import {parseJournal} from '../../lib/model/deploy/journal.ts';
import type {PhaseName} from '../../lib/model/deploy/phases.ts';
import {type DeployPlace, startDeployApp} from './deploy.ts';
import type {AppVersion} from './deploy-images.ts';
import type {DoorResult} from './door.ts';
import {until} from './faults.ts';
import {ok} from './project.ts';

export type Ending = {
  readonly version: AppVersion;
  readonly phase: PhaseName;
  readonly signal: NodeJS.Signals;
  readonly afterMilliseconds?: number;
};

export type EndedPlace = DeployPlace & {
  /** Deploys, and sends the signal when it has begun the phase, or some time later. */
  endedIn(ending: Ending): Promise<DoorResult>;
  /** What the journal says of the last deploy. */
  last(): Promise<DeployState | undefined>;
  revision(): Promise<string>;
  /** One container, of this version, and no session of a migration. */
  isAlone(version: AppVersion): Promise<void>;
  /** The schema of v1, and v1 alone, whatever was left. */
  reset(): Promise<void>;
};

/** The example application, v1 deployed. */
export const startEnded = async (): Promise<EndedPlace> => {
  const place = await startDeployApp({publish: true, env: {DEPLOY_STABLE_SECONDS: '3'}});
  const journal = () =>
    readFile(join(place.project, '.pgkeep/deploys.jsonl'), 'utf8').catch(() => '');
  const deploy = (...words: readonly string[]) => place.deploy(['--yes', ...words]);
  ok(await deploy());
  return {
    ...place,
    async endedIn({version, phase, signal, afterMilliseconds = 0}) {
      await place.setTag(version);
      const before = (await journal()).length;
      let pid = 0;
      const rehearse = phase === 'rehearsal' ? 'auto' : 'off';
      const running = place.deploy(['--yes', '--rehearse', rehearse], {
        onStart: (started) => (pid = started),
        timeoutSeconds: 240,
      });
      const mark = `"event":"started","phase":"${phase}"`;
      const hasBegun = async () => (await journal()).slice(before).includes(mark);
      await until(hasBegun, `phase ${phase} begins`, 120_000);
      await pause(afterMilliseconds);
      process.kill(pid, signal);
      return running;
    },
    last: async () => deployStates(parseJournal(await journal())).at(-1),
    revision: () => place.sql('SELECT version_num FROM alembic_version'),
    async isAlone(version) {
      assert.is((await place.idsOf('web')).length, 1);
      assert.is(await place.versionOf('web'), version);
      const all = await place.compose('ps', '--all', '--format={{.Name}} {{.State}}', 'web');
      assert.is(all.split('\n').length, 1, all);
      const sessions =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgkeep-deploy-%'";
      assert.is(await place.sql(sessions), '0');
    },
    async reset() {
      ok(await place.deploy(['unlock', '--yes']));
      await place.sql('DROP TABLE IF EXISTS alembic_version, item, visit CASCADE');
      await place.setTag('v1');
      await place.compose('run', '--rm', '--no-deps', '-T', 'web', 'migrate', 'upgrade', 'head');
      ok(await deploy('--mode', 'skip-migration'));
      await until(async () => (await place.page()) === 'v1 lamp', 'v1 is well', 30_000);
    },
  };
};

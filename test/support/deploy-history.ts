/** The example application, deployed again and again, with what a rollback has to bring back: version and environment. */
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import * as assert from 'uvu/assert';
import {type DeployPlace, startDeployApp} from './deploy.ts';
import type {AppVersion} from './deploy-images.ts';
import type {DoorResult} from './door.ts';
import {ok} from './project.ts';

const run = promisify(execFile);

export type History = {
  readonly place: DeployPlace;
  /** With --yes. */
  deploy(...words: readonly string[]): Promise<DoorResult>;
  /** Errors: where another version or pool size serves. */
  serves(version: AppVersion, poolSize: string): Promise<void>;
  /** Deploys a version with a pool size in its environment. */
  to(version: AppVersion, poolSize: string): Promise<void>;
};

export const startHistory = async (): Promise<History> => {
  const place = await startDeployApp({publish: true, env: {DEPLOY_STABLE_SECONDS: '2'}});
  const deploy: History['deploy'] = (...words) => place.deploy([...words, '--yes']);
  const serves: History['serves'] = async (version, poolSize) => {
    assert.is(await place.versionOf('web'), version);
    const [id = ''] = await place.idsOf('web');
    const {stdout} = await run('docker', ['inspect', '--format={{json .Config.Env}}', id]);
    assert.is(/DB_POOL_SIZE=(\d+)/.exec(stdout)?.[1], poolSize);
  };
  return {
    ...{place, deploy, serves},
    async to(version, poolSize) {
      await place.setTag(version);
      await place.setEnv('DB_POOL_SIZE', poolSize);
      ok(await deploy());
      await serves(version, poolSize);
    },
  };
};

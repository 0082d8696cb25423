import * as assert from 'uvu/assert';
import {type DoorOptions, type DoorResult, door} from './door.ts';
import {withTempFolder} from './temp-folder.ts';

/** What a door that worked answered. */
export const ok = ({exitCode, stdout, stderr}: DoorResult): string => {
  assert.is(exitCode, 0, `${stdout}${stderr}`);
  return stdout;
};

/** A project with a database configured in its environment; `at` is the hour that it believes in. */
export const withProject = (
  url: string,
  use: (
    run: (
      verb: string,
      args?: readonly string[],
      options?: DoorOptions & {at?: string},
    ) => Promise<DoorResult>,
    project: string,
  ) => Promise<void>,
) =>
  withTempFolder((project) =>
    use((verb, args = [], {at, env = {}, ...options} = {}) => {
      const now: Record<string, string> = at === undefined ? {} : {PGKEEP_TEST_NOW: at};
      return door(verb, ['--project', project, ...args], {
        ...options,
        env: {DATABASE_URL: url, ...now, ...env},
      });
    }, project),
  );

/** Phase 2: whether the environment that the services get is complete, filled in and their own. */
import {basename, dirname} from 'node:path';
import {composeVariables} from '../../commands/compose.ts';
import type {Project} from '../../io/compose-project.ts';
import {readEnvText, readExample} from '../../io/env-text.ts';
import type {Finding} from '../../model/deploy/finding.ts';
import {servicesToDeploy} from '../../model/deploy/judge-names.ts';
import {lintEnvironment} from '../../model/deploy/lint-environment.ts';
import {lintServices} from '../../model/deploy/lint-services.ts';
import {secretIn} from '../../model/deploy/secret-names.ts';
import {parseEnvFile} from '../../model/env-file.ts';
import type {Context} from '../context.ts';

/** All that is wrong with it, at once; nothing of a value is in any text. Errors: unavailable. */
export const checkEnvironment = async (
  {settings, environment, shell}: Context,
  {config, place, warnings}: Project,
): Promise<readonly Finding[]> => {
  const {envFile, project, databaseService, deployServices, connection} = settings;
  const file = envFile === undefined ? undefined : await readEnvText(envFile);
  const example = await readExample(envFile === undefined ? project : dirname(envFile), envFile);
  const {stdout} = await shell.run(composeVariables(place), {kind: 'unavailable', cwd: project});
  const given = Object.entries(environment).filter(([, value]) => value !== undefined);
  const findings = [
    ...lintEnvironment({
      ...{file, example, databaseService},
      given: new Set(given.map(([key]) => key)),
    }),
    ...lintServices({
      ...{config, databaseService, warnings},
      services: servicesToDeploy({config, databaseService, deployServices}),
      secrets: new Set(
        [...parseEnvFile(file?.text ?? '').values].flatMap(
          ([key, {value}]) => secretIn(key, value)?.value ?? [],
        ),
      ),
      asked: new Set(stdout.split('\n').map((line) => line.split(/\s/)[0] ?? '')),
      envFile: envFile === undefined ? undefined : basename(envFile),
      database: connection?.libpq['PGDATABASE'],
    }),
  ];
  return withoutRepetition(findings);
};

const withoutRepetition = (findings: readonly Finding[]): readonly Finding[] => [
  ...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values(),
];

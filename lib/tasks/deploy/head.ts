/** The revision that an image expects: asked of the image itself, away from every network. */
import {composeFromInput} from '../../commands/compose.ts';
import {apartProject} from '../../model/deploy/apart-project.ts';
import {imageOf, type ServiceConfig} from '../../model/deploy/compose-config.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import type {Scene} from './look.ts';

const patienceSeconds = 120;

/** The first word of the last line that the command prints; null where no command is set. Errors: unavailable. */
export const headOf = async (
  {shell, settings}: Context,
  {project, images}: Pick<Scene, 'project' | 'images'>,
  service: string,
): Promise<string | null> => {
  const {headCommand} = settings;
  const image = images[imageOf(project.config, service)];
  if (headCommand === undefined || image === undefined) return null;
  const name = `${project.name}-pgkeep-head`;
  const input = apartProject(project.config.services[service] as ServiceConfig, {name, image});
  const place = {...project.place, name};
  const command = composeFromInput(place, [
    'run',
    '--rm',
    '--no-deps',
    '-T',
    'apart',
    ...headCommand,
  ]);
  const signal = AbortSignal.timeout(patienceSeconds * 1_000);
  const answer = await shell
    .run(command, {input, kind: 'unavailable', signal, cwd: place.folder})
    .catch((cause: unknown) => {
      shell.signal.throwIfAborted();
      throw new OpsError('unavailable', 'the new image does not tell which revision it expects', {
        hint: 'see what DEPLOY_HEAD_COMMAND says in a container of it that has no network',
        cause: cause instanceof OpsError ? cause.cause : cause,
      });
    });
  const [word] = answer.stdout.trim().split('\n').at(-1)?.trim().split(/\s+/) ?? [];
  if (word) return word;
  throw new OpsError('unavailable', 'DEPLOY_HEAD_COMMAND prints nothing in the new image', {
    hint: 'it has to print the revision as the first word of its last line',
  });
};

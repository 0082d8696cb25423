/** The end of what a container printed, without the secrets that its service was given. */
import type {ComposeConfig} from '../../model/deploy/compose-config.ts';
import {secretIn} from '../../model/deploy/secret-names.ts';
import {printable, redactor} from '../../model/redact.ts';
import type {Context} from '../context.ts';
import {tailOf} from './until-well.ts';

const longestLine = 300;

/** Lines that hold anything; none where nothing was printed. Errors: none. */
export const outputOf = async (
  context: Context,
  config: ComposeConfig,
  id: string,
): Promise<readonly string[]> => {
  const masked = redactor(secretsOf(config))(await tailOf(context, id));
  return masked
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => printable(line).slice(0, longestLine));
};

const secretsOf = ({services}: ComposeConfig): readonly string[] =>
  Object.values(services).flatMap(({environment}) =>
    Object.entries(environment ?? {}).flatMap(([key, value]) => {
      // Compose writes a dollar twice, so that it reads it back as one.
      const secret = secretIn(key, (value ?? '').replaceAll('$$', '$'));
      return secret ? [secret.value] : [];
    }),
  );

/** `--stop-services`: what stands still while databases change names. */
import type {Connection} from '../lib/model/connection.ts';
import {OpsError} from '../lib/model/errors.ts';
import type {Server} from '../lib/tasks/connect.ts';
import type {Context} from '../lib/tasks/context.ts';

const all = '*';

export const stopServicesFlag = {
  value: 'NAMES',
  preset: all,
  summary:
    "stop these services of the compose project for the swap, with commas between them, and start them again; without names all that run but the database's own",
} as const;

/** What would be stopped, and how it is found again when it is time. Errors: usage for names that are none; unavailable. */
export const stopsFor = async (
  context: Context,
  connection: Connection,
  {flag, maintenance}: {readonly flag: string | undefined; readonly maintenance: Server},
) => {
  if (flag === undefined) return {services: undefined, findStops: undefined};
  const {findStops: find} = await import('../lib/tasks/stop-services.ts');
  const request = {names: flag === all ? undefined : namesIn(flag), connection};
  const findStops = () => find(context, maintenance, request);
  const services = (await findStops()).map(({service}) => service);
  return {services, findStops};
};

const namesIn = (flag: string): readonly string[] => {
  const names = flag.split(',').map((name) => name.trim());
  if (!names.includes('')) return names;
  throw new OpsError(
    'usage',
    `--stop-services: expected names with commas between them, got '${flag}'`,
  );
};

/** The line of the plan; none where nothing was asked for. */
export const servicesLines = (
  services: readonly string[] | undefined,
): readonly (readonly [string, string])[] =>
  services === undefined
    ? []
    : [
        [
          'services',
          services.length === 0
            ? 'none runs that would be stopped'
            : `${services.join(', ')}: stopped before the swap, started again after it`,
        ],
      ];

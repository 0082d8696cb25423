/** What would be lost or refused where a new container of a service is made beside the old one. */
import type {ComposeConfig} from './compose-config.ts';
import type {ServicePlan} from './deploy-plan.ts';
import type {Finding} from './finding.ts';

export type Mounted = {
  readonly id: string;
  readonly mounts: readonly {
    readonly Type: string;
    readonly Name?: string;
    readonly Destination: string;
  }[];
};

/** Docker names a volume that nobody has named by 64 digits. */
const isAnonymous = ({Type, Name = ''}: Mounted['mounts'][number]): boolean =>
  Type === 'volume' && /^[0-9a-f]{64}$/.test(Name);

/** Faults of the services that are to be switched. */
export const judgeBeside = (
  {services}: ComposeConfig,
  plans: readonly ServicePlan[],
  mounted: readonly Mounted[],
): readonly Finding[] =>
  plans
    .filter(({strategy}) => strategy === 'recreate' || strategy === 'roll')
    .flatMap(({service, from}) => {
      const where = `service '${service}'`;
      const own = mounted.filter(({id}) => from?.containers.includes(id));
      const paths = own.flatMap(({mounts}) =>
        mounts.filter(isAnonymous).map(({Destination}) => Destination),
      );
      return [
        ...[...new Set(paths)].map((path) => ({
          ...({level: 'fault', rule: 'anonymous volume', where} as const),
          what: `keeps ${path} in a volume without a name, which the new container would not have`,
          hint: `name it (volumes: ['${service}-data:${path}'], and copy what is in it), or make it a tmpfs where nothing of it is to be kept`,
        })),
        ...(services[service]?.container_name == null
          ? []
          : [
              {
                ...({level: 'fault', rule: 'container name', where} as const),
                what: 'has a fixed container_name: no new container can be made beside the old one',
                hint: 'take container_name out of the compose file; others reach it by the name of the service',
              },
            ]),
      ];
    });

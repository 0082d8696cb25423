/** Whether the proxy can follow what a deploy writes for it. */
import type {ComposeConfig} from './compose-config.ts';
import type {Finding} from './finding.ts';

export type ProxySettings = {
  readonly proxyFile: string | undefined;
  readonly proxyReload: readonly string[] | undefined;
};

export const judgeProxy = (
  {services}: ComposeConfig,
  {proxyFile, proxyReload}: ProxySettings,
): readonly Finding[] => {
  if ((proxyFile === undefined) !== (proxyReload === undefined)) {
    const [there, missing] = proxyFile
      ? ['DEPLOY_PROXY_FILE', 'DEPLOY_PROXY_RELOAD']
      : ['DEPLOY_PROXY_RELOAD', 'DEPLOY_PROXY_FILE'];
    return [
      {
        ...{level: 'fault', rule: 'proxy', where: there},
        what: `does nothing without ${missing}`,
        hint: 'set both, or neither: services are then recreated',
      },
    ];
  }
  return Object.entries(services).flatMap(([service, {volumes}]) =>
    (volumes ?? []).some(({type, source}) => type === 'bind' && source === proxyFile)
      ? [
          {
            ...({level: 'fault', rule: 'proxy', where: `service '${service}'`} as const),
            what: `mounts ${proxyFile} by itself: it would go on reading the old file when a new one takes its place`,
            hint: 'mount the folder that it is in',
          },
        ]
      : [],
  );
};

/** Whether containers of the services can be made, and whether anybody can tell if they are well. */
import {printable} from '../redact.ts';
import {type ComposeConfig, hasHealthcheck, imageOf, type ServiceConfig} from './compose-config.ts';
import type {Finding} from './finding.ts';
import {isJob} from './service-order.ts';

/** Of an image that is on this host. */
export type ImageFacts = {readonly id: string; readonly bytes: number; readonly hasCheck: boolean};

export type HostImages = Readonly<Record<string, ImageFacts | undefined>>;

/** Images that can't be had, and services of which nobody can tell whether they are well. */
export const judgeServices = (
  config: ComposeConfig,
  {
    services,
    images,
    engineMajor,
  }: {
    /** All that containers are made of: those switched, the one that migrates, the database's. */
    readonly services: readonly string[];
    /** By name; undefined: not on this host. */
    readonly images: HostImages;
    readonly engineMajor: number;
  },
): readonly Finding[] =>
  services.flatMap((name) => {
    const service = config.services[name];
    if (service === undefined) return [];
    const image = images[imageOf(config, name)];
    return [
      ...(image ? [] : imageFindings(config, {name, service})),
      ...(isJob(config, name) ? [] : checkFindings({name, service, image, engineMajor})),
    ];
  });

const imageFindings = (
  config: ComposeConfig,
  {name, service}: {readonly name: string; readonly service: ServiceConfig},
): readonly Finding[] => {
  const what = `the image '${printable(imageOf(config, name))}' is not on this host`;
  const common = {level: 'fault', rule: 'image', where: `service '${printable(name)}'`} as const;
  if (service.build != null)
    return [
      {...common, what, hint: `pgkeep builds nothing: docker compose build ${printable(name)}`},
    ];
  if (service.pull_policy !== 'never') return [];
  return [
    {...common, what, hint: 'pull_policy: never keeps it from being pulled: load or build it'},
  ];
};

type Checked = {
  readonly name: string;
  readonly service: ServiceConfig;
  readonly image: ImageFacts | undefined;
  readonly engineMajor: number;
};

/** An image that is not here may bring a check: nothing is said of it. */
const checkFindings = ({name, service, image, engineMajor}: Checked): readonly Finding[] => {
  const where = `service '${printable(name)}'`;
  const rule = 'health check';
  const isOff = service.healthcheck != null && !hasHealthcheck(service);
  if (service.healthcheck?.['start_interval'] != null && engineMajor < 25)
    return [
      {
        ...{level: 'fault', rule, where, what: 'its start_interval needs docker engine 25'},
        hint: 'take it out: this engine makes the container and refuses to start it',
      },
    ];
  if (hasHealthcheck(service) || (!isOff && (image === undefined || image.hasCheck))) return [];
  return [
    {
      ...{level: 'warning', rule, where},
      what: 'it has no health check: that it runs is all that can be seen',
      hint: "give it one that reads the database: a version that can't live with the schema is found out then",
    },
  ];
};

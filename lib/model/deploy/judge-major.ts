/** Never another major of PostgreSQL by accident: a server refuses to start on the data of another one. */
import {printable} from '../redact.ts';
import {parseVersion} from '../version.ts';
import type {ComposeConfig} from './compose-config.ts';
import type {Finding} from './finding.ts';

export type MajorFacts = {
  readonly service: string;
  readonly image: string;
  /** What the image brings; undefined where that can't be told. */
  readonly wanted: number | undefined;
  /** What the data are of; undefined where there are none yet, or nobody can read them. */
  readonly data: number | undefined;
  /** Whether there are data at all, as far as can be told. */
  readonly hasData: boolean;
};

export const judgeMajor = ({
  service,
  image,
  wanted,
  data,
  hasData,
}: MajorFacts): readonly Finding[] => {
  const common = {rule: 'major version', where: `service '${printable(service)}'`};
  if (wanted !== undefined && data !== undefined && wanted !== data)
    return [
      {
        ...{level: 'fault', ...common},
        what: `its image '${printable(image)}' is PostgreSQL ${wanted}, its data are of PostgreSQL ${data}`,
        hint: `stay with ${data} for this deploy; another major is a move of its own: backup, a new volume, restore`,
      },
    ];
  if (hasData && (wanted === undefined || data === undefined))
    return [
      {
        ...{level: 'warning', ...common},
        what: "whether its image and its data are of the same PostgreSQL can't be told",
        hint: `compare the major of '${printable(image)}' with PG_VERSION in its volume`,
      },
    ];
  return [];
};

/** `postgres (PostgreSQL) 15.18`, `15` */
export const majorIn = (text: string): number | undefined => parseVersion(text)?.major;

/** By its name alone, where it is not on this host: `postgres:16-alpine`, `timescaledb:latest-pg16`. */
export const majorByName = (image: string): number | undefined => {
  const [, name = '', tag = ''] = /([^/:@]+):([^/@]+)(@.*)?$/.exec(image) ?? [];
  const [, ofPostgres] = /(?:^|-)pg(\d{2})(?:\D|$)/.exec(tag) ?? [];
  const [, plain] = /^(\d{2})(?:[.-]|$)/.exec(tag) ?? [];
  const found = ofPostgres ?? (/postgres|postgis/.test(name) ? plain : undefined);
  return found === undefined ? undefined : Number(found);
};

/** The mount that holds the data, and where below it they are; undefined where no mount of the definition does. */
export const dataPlaceOf = (
  config: ComposeConfig,
  service: string,
):
  | {readonly type: 'volume' | 'bind'; readonly source: string; readonly below: string}
  | undefined => {
  const {environment, volumes} = config.services[service] ?? {};
  const folder = environment?.['PGDATA'] ?? '/var/lib/postgresql/data';
  for (const {type, source, target} of volumes ?? []) {
    const isAbove = folder === target || folder.startsWith(`${target.replace(/\/$/, '')}/`);
    if ((type !== 'volume' && type !== 'bind') || source == null || !isAbove) continue;
    const below = folder.slice(target.length).replace(/^\//, '') || '.';
    const name = type === 'volume' ? config.volumes?.[source]?.name : undefined;
    return {type, source: name ?? source, below};
  }
  return undefined;
};

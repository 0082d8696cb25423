/**
 * The settings of pgkeep: one table is the truth for parsing, `--help`, the README's reference and
 * `.env.example`.
 */
import {deploySettings} from './deploy-settings.ts';
import {retentionSettings} from './retention-settings.ts';
import {
  choice,
  composeName,
  compression,
  duration,
  type Kind,
  logLevel,
  path,
  toolPlace,
  wholeNumber,
} from './setting-kinds.ts';
import type {Settings} from './settings.ts';

export type Setting<Value = unknown> = {
  readonly key: string;
  /** Without the dashes. A verb offers it only where it does something. */
  readonly flag?: string;
  /** What `--help` calls the flag's value. */
  readonly value?: string;
  readonly kind: Kind<NonNullable<Value>>;
  /** As it would be written; undefined where there is none. */
  readonly default: string | undefined;
  readonly summary: string;
  readonly example: string;
};

/** The fields of Settings that come from this table, one for one. */
export type SettingName =
  | 'backups'
  | 'retentionDays'
  | keyof typeof retentionSettings
  | keyof typeof deploySettings
  | 'compress'
  | 'format'
  | 'jobs'
  | 'fingerprint'
  | 'verify'
  | 'tools'
  | 'databaseService'
  | 'composeProject'
  | 'binaries'
  | 'scratch'
  | 'connectAttempts'
  | 'connectDelaySeconds'
  | 'lockWaitSeconds'
  | 'stallSeconds'
  | 'timeoutSeconds'
  | 'logLevel';

export const settingsTable: {readonly [Name in SettingName]: Setting<Settings[Name]>} = {
  backups: {
    key: 'PGKEEP_BACKUPS',
    flag: 'backups',
    value: 'FOLDER',
    kind: path(),
    default: 'backups',
    summary: 'the folder where backup sets live',
    example: '/srv/backups',
  },
  retentionDays: {
    key: 'PGKEEP_RETENTION_DAYS',
    flag: 'retention-days',
    value: 'DAYS',
    kind: wholeNumber({from: 1, to: 36_500}),
    default: '7',
    summary: 'days that a set is kept, counted back from the newest good one',
    example: '14',
  },
  ...retentionSettings,
  compress: {
    key: 'PGKEEP_COMPRESS',
    flag: 'compress',
    value: 'METHOD',
    kind: compression(),
    default: 'gzip',
    summary: 'how dumps are compressed',
    example: 'zstd:3',
  },
  format: {
    key: 'PGKEEP_FORMAT',
    flag: 'format',
    value: 'FORMAT',
    kind: choice('custom', 'directory', 'plain'),
    default: 'custom',
    summary: "pg_dump's format",
    example: 'directory',
  },
  jobs: {
    key: 'PGKEEP_JOBS',
    flag: 'jobs',
    value: 'N',
    kind: wholeNumber({from: 1, to: 64}),
    default: '1',
    summary:
      'tables worked on side by side; unless it is set, restore and migrate take the processors, four at most',
    example: '4',
  },
  fingerprint: {
    key: 'PGKEEP_FINGERPRINT',
    flag: 'fingerprint',
    value: 'KIND',
    kind: choice('content', 'sha256', 'rows', 'none'),
    default: 'content',
    summary: 'what is recorded of every table to compare a restore with',
    example: 'sha256',
  },
  verify: {
    key: 'PGKEEP_VERIFY',
    flag: 'verify',
    value: 'LEVEL',
    kind: choice('checksum', 'archive', 'restore'),
    default: 'archive',
    summary: 'how far a new set is proven before it counts',
    example: 'restore',
  },
  tools: {
    key: 'PGKEEP_TOOLS',
    flag: 'tools',
    value: 'PLACE',
    kind: toolPlace(),
    default: 'auto',
    summary: "where the PostgreSQL tools run; auto looks for the server's major",
    example: 'image:postgres:17',
  },
  databaseService: {
    key: 'DEPLOY_DB_SERVICE',
    kind: composeName(),
    default: 'postgres',
    summary: 'the compose service of the database: auto runs the tools there where they fit',
    example: 'db',
  },
  composeProject: {
    key: 'DEPLOY_PROJECT',
    kind: composeName(),
    default: undefined,
    summary: 'the name of the compose project, where it does not run in the project folder',
    example: 'shop',
  },
  ...deploySettings,
  binaries: {
    key: 'PG_BINDIR',
    kind: path(),
    default: undefined,
    summary:
      "the folder of PostgreSQL's programs, where the ones found by themselves are not meant",
    example: '/usr/lib/postgresql/17/bin',
  },
  scratch: {
    key: 'PGKEEP_SCRATCH',
    flag: 'scratch',
    value: 'FOLDER',
    kind: path(),
    default: '/var/tmp',
    summary: 'the folder for throw-away servers; TMPDIR where that is set',
    example: '/mnt/fast/tmp',
  },
  connectAttempts: {
    key: 'DB_CONNECT_RETRY_MAX_ATTEMPTS',
    kind: wholeNumber({from: 1, to: 100}),
    default: '5',
    summary: 'how often a server that does not answer yet is tried',
    example: '10',
  },
  connectDelaySeconds: {
    key: 'DB_CONNECT_RETRY_DELAY',
    kind: duration({from: 0, to: 3_600}),
    default: '2',
    summary: 'the wait after the first try; it doubles with every further one',
    example: '5s',
  },
  lockWaitSeconds: {
    key: 'PGKEEP_LOCK_WAIT_SECONDS',
    kind: duration({from: 0, to: 86_400}),
    default: '60',
    summary: 'how long pg_dump waits for a table that somebody has locked',
    example: '5m',
  },
  stallSeconds: {
    key: 'PGKEEP_STALL_SECONDS',
    kind: duration({from: 1, to: 86_400}),
    default: '600',
    summary: 'how long a dump may not grow before pg_dump counts as hanging and is ended',
    example: '10m',
  },
  timeoutSeconds: {
    key: 'PGKEEP_TIMEOUT',
    flag: 'timeout',
    value: 'TIME',
    kind: duration({from: 0.001, to: 2_000_000}),
    default: undefined,
    summary: 'the time after which the whole run is ended (exit 124)',
    example: '6h',
  },
  logLevel: {
    key: 'LOG_LEVEL',
    kind: logLevel(),
    default: 'info',
    summary: 'debug is --verbose; warn leaves out the story',
    example: 'debug',
  },
};

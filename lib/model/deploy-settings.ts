/** The settings that a deploy goes by: part of the table of `settings-table.ts`. */
import {composeName, duration, type Kind, path} from './setting-kinds.ts';
import {wordsOf} from './words.ts';

/** Part of Settings; each undefined where it is not asked for. */
export type DeploySettings = {
  /** Absolute; undefined: `docker-compose.prod.yml` where that is there, else what compose finds. */
  readonly composeFile: string | undefined;
  /** Undefined: all but the database's. */
  readonly deployServices: readonly string[] | undefined;
  readonly migrateService: string | undefined;
  readonly migrateCommand: readonly string[] | undefined;
  readonly migrateTimeoutSeconds: number;
  readonly revisionSql: string | undefined;
  readonly headCommand: readonly string[] | undefined;
  readonly smokeUrls: readonly string[] | undefined;
  readonly deploySqlitePath: string | undefined;
  readonly proxyFile: string | undefined;
  readonly proxyReload: readonly string[] | undefined;
  readonly deployLockTimeoutSeconds: number;
  readonly stableSeconds: number;
};

const command = (): Kind<readonly string[]> => ({
  expects: "a command without a shell's own signs (else: sh -c '…')",
  parse: wordsOf,
});

const statement = (): Kind<string> => ({
  expects: 'one SELECT of one value',
  parse: (text) => (/^\s*(select|with|table|values)\b/i.test(text) ? text : undefined),
});

const list = <Value>(kind: Kind<Value>, expects: string): Kind<readonly Value[]> => ({
  expects,
  parse: (text, folder) => {
    const values = text
      .split(/[\s,]+/)
      .filter(Boolean)
      .map((each) => kind.parse(each, folder));
    const good = values.filter((value) => value !== undefined);
    return good.length > 0 && good.length === values.length ? good : undefined;
  },
});

/** What is fetched is said to people and kept in the journal: no password in it. */
const smokeUrl = (): Kind<string> => ({
  expects: 'a URL',
  parse: (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isGood = /^https?:$/.test(url?.protocol ?? '') && !url?.username && !url?.password;
    return isGood ? text : undefined;
  },
});

export const deploySettings = {
  composeFile: {
    key: 'DEPLOY_COMPOSE_FILE',
    kind: path(),
    default: undefined,
    summary:
      'the compose file of production; docker-compose.prod.yml where that is there, else what compose finds',
    example: 'compose.prod.yaml',
  },
  deployServices: {
    key: 'DEPLOY_SERVICES',
    kind: list(composeName(), 'names of services, with commas between them'),
    default: undefined,
    summary: "the services that a deploy switches; all but the database's where it is unset",
    example: 'web,worker',
  },
  migrateService: {
    key: 'DEPLOY_MIGRATE_SERVICE',
    kind: composeName(),
    default: undefined,
    summary:
      'the service whose new image runs the migrations; the first that is switched by default',
    example: 'web',
  },
  migrateCommand: {
    key: 'DEPLOY_MIGRATE_COMMAND',
    kind: command(),
    default: undefined,
    summary: 'the command of the schema migrations, in a container of the new image',
    example: 'alembic upgrade head',
  },
  migrateTimeoutSeconds: {
    key: 'DEPLOY_MIGRATE_TIMEOUT',
    kind: duration({from: 1, to: 604_800}),
    default: '3600',
    summary: 'how long the schema migrations may take before they are ended',
    example: '10m',
  },
  revisionSql: {
    key: 'DEPLOY_REVISION_SQL',
    kind: statement(),
    default: undefined,
    summary: 'the query that gives the revision of the schema',
    example: '"select version_num from alembic_version"',
  },
  headCommand: {
    key: 'DEPLOY_HEAD_COMMAND',
    kind: command(),
    default: undefined,
    summary:
      'the command that prints the revision which the new image expects; without it the rehearsal tells',
    example: 'alembic heads',
  },
  smokeUrls: {
    key: 'DEPLOY_SMOKE_URLS',
    kind: list(smokeUrl(), 'http or https URLs without a password, with commas between them'),
    default: undefined,
    summary: 'what has to answer with a status below 400 after the switch',
    example: 'https://shop.example.com/health',
  },
  deploySqlitePath: {
    key: 'DEPLOY_SQLITE_PATH',
    kind: path(),
    default: undefined,
    summary: 'the SQLite database that is brought into PostgreSQL, once',
    example: 'data/app.db',
  },
  proxyFile: {
    key: 'DEPLOY_PROXY_FILE',
    kind: path(),
    default: undefined,
    summary:
      "the file of addresses that the proxy includes: nginx's upstreams, or haproxy's backends where its name ends in .cfg",
    example: 'proxy/upstreams.conf',
  },
  proxyReload: {
    key: 'DEPLOY_PROXY_RELOAD',
    kind: command(),
    default: undefined,
    summary:
      'the command that makes the proxy read that file again, on this host, in the project folder',
    example: '"docker exec shop-proxy-1 nginx -s reload"',
  },
  deployLockTimeoutSeconds: {
    key: 'DEPLOY_LOCK_TIMEOUT',
    kind: duration({from: 0.1, to: 3_600}),
    default: '5s',
    summary: 'how long a migration may wait for a lock, and keep others waiting behind it',
    example: '2s',
  },
  stableSeconds: {
    key: 'DEPLOY_STABLE_SECONDS',
    kind: duration({from: 0, to: 3_600}),
    default: '30',
    summary: 'how long the new version has to stay well before it counts',
    example: '1m',
  },
} as const;

import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseComposeConfig, type ServiceConfig} from '../../../lib/model/deploy/compose-config.ts';
import {lintServices, type ServiceFacts} from '../../../lib/model/deploy/lint-services.ts';

const it = suite('lint of what services get');

const good = '9f86d081884c7d659a2feaa0';
const url = (host: string, password = good, database = 'app') =>
  `postgresql+asyncpg://app:${password}@${host}:5432/${database}`;

type Web = Omit<ServiceConfig, 'environment'> & {
  readonly environment?: Readonly<Record<string, string | null>>;
};
const lint = (web: Web, facts: Partial<ServiceFacts> & {readonly networks?: unknown} = {}) => {
  const {networks = {}, ...others} = facts;
  const services = {
    web,
    pooler: {image: 'p'},
    postgres: {image: 'x', environment: {PGHOST: 'localhost'}},
  };
  return lintServices({
    config: parseComposeConfig(JSON.stringify({name: 'shop', services, networks})),
    ...{databaseService: 'postgres', services: ['web'], envFile: '.env.production'},
    ...{secrets: new Set([good]), warnings: [], asked: new Set(['TAG'])},
    ...{database: 'app', ...others},
  }).map(({level, rule, where, what}) => `${level}: ${rule}: ${where}: ${what}`);
};
const local =
  "fault: database host: service 'web': DATABASE_URL names this host, which in a container is the container itself";
const stranger =
  "warning: database host: service 'web': DATABASE_URL names a host that is no service of this project";

const hosts: readonly [string, Web, readonly string[], object?][] = [
  ['the service', {environment: {DATABASE_URL: url('postgres')}}, []],
  ['another service', {environment: {DATABASE_URL: url('pooler')}}, []],
  ['a host of the network', {environment: {DATABASE_URL: url('db.intern.acme.io')}}, []],
  ['localhost', {environment: {DATABASE_URL: url('localhost')}}, [local]],
  ['127.0.0.1', {environment: {DATABASE_URL: url('127.0.0.1')}}, [local]],
  [
    "localhost on this host's network",
    {environment: {DATABASE_URL: url('localhost')}, network_mode: 'host'},
    [],
  ],
  [
    'localhost by itself',
    {environment: {DB_HOST: 'localhost'}},
    [local.replace('DATABASE_URL', 'DB_HOST')],
  ],
  ['localhost of something else', {environment: {STATSD_HOST: 'localhost'}}, []],
  ['a misspelt service', {environment: {DATABASE_URL: url('postgers')}}, [stranger]],
  [
    'an alias',
    {environment: {DATABASE_URL: url('db')}, networks: {default: {aliases: ['db']}}},
    [],
  ],
  [
    'an extra host',
    {environment: {DATABASE_URL: url('db')}, extra_hosts: ['db=10.0.0.2']} as Web,
    [],
  ],
  [
    'a host of an external network',
    {environment: {DATABASE_URL: url('db')}},
    [],
    {networks: {backend: {name: 'backend', external: true}}},
  ],
];
for (const [what, web, findings, facts] of hosts)
  it(`finds ${findings.length === 0 ? 'nothing wrong with' : 'fault with'} ${what} as the host of the database`, () => {
    assert.equal(lint(web, facts), findings);
  });

it('finds secrets that come from the compose file, and leaves those of the env file to it', () => {
  const weak = (environment: Readonly<Record<string, string>>) => lint({environment});
  assert.equal(weak({SECRET_KEY: 'secret', A_TOKEN: 'CHANGE_ME', DEBUG: 'true'}), [
    "fault: weak secret: service 'web': SECRET_KEY is made of common words, and comes from the compose file or this run's environment",
    "fault: placeholder: service 'web': A_TOKEN is a placeholder, and comes from the compose file or this run's environment",
  ]);
  assert.equal(weak({DATABASE_URL: url('postgres', 'app123')}), [
    "fault: weak secret: service 'web': DATABASE_URL has a password that is made of common words, and comes from the compose file or this run's environment",
  ]);
  assert.equal(weak({SECRET_KEY: good, EMPTY_TOKEN: ''}), []);
  assert.equal(lint({environment: {SECRET_KEY: 'secret'}}, {secrets: new Set(['secret'])}), []);
  // A password of the env file in a URL that the compose file puts together.
  assert.equal(
    lint({environment: {DATABASE_URL: url('postgres', 'app123')}}, {secrets: new Set(['app123'])}),
    [],
  );
  // compose writes a $ of a value as two.
  assert.equal(lint({environment: {A_TOKEN: 'a$$b'}}, {secrets: new Set(['a$b'])}), []);
});

it('compares the database of the services with the one that is backed up', () => {
  const found = lint({environment: {DATABASE_URL: url('postgres', good, 'shop')}});
  assert.equal(found, [
    "warning: two databases: service 'web': it uses the database 'shop', and pgkeep backs up 'app'",
  ]);
  const both = {A: url('postgres', good, 'shop'), B: url('postgres')};
  assert.equal(lint({environment: both}), []);
});

it('tells what compose warns of, and no piece of a password that it takes for a variable', () => {
  const unset = (name: string) =>
    `The '${name}' variable is not set. Defaulting to a blank string.`;
  const warnings = [
    unset('TAG'),
    unset('TAG'),
    unset('canary'),
    'the attribute `version` is obsolete',
  ];
  assert.equal(lint({}, {warnings}), [
    'fault: compose config: the compose file: it asks for TAG, which nobody sets',
    'fault: compose config: .env.production: a value holds a $, and compose takes what follows it for the name of a variable',
    'warning: compose config: the compose file: the attribute `version` is obsolete',
  ]);
});

it.run();

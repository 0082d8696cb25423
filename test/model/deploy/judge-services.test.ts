import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseComposeConfig} from '../../../lib/model/deploy/compose-config.ts';
import type {Finding} from '../../../lib/model/deploy/finding.ts';
import {
  judgeNames,
  type ServicesAsked,
  servicesToDeploy,
} from '../../../lib/model/deploy/judge-names.ts';
import {type ImageFacts, judgeServices} from '../../../lib/model/deploy/judge-services.ts';

const it = suite('judgement of services');

const configOf = (services: Readonly<Record<string, object>>) =>
  parseComposeConfig(JSON.stringify({name: 'shop', services}));
const said = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({level, where, what, hint}) => `${level}: ${where}: ${what} (${hint})`);

const shop = configOf({web: {}, worker: {}, postgres: {}});
const asked: ServicesAsked = {
  ...{config: shop, databaseService: 'postgres', deployServices: undefined},
  ...{migrateService: undefined, databaseHost: 'postgres'},
};
const names: readonly [string, Partial<ServicesAsked>, readonly RegExp[]][] = [
  ['what is there', {deployServices: ['web'], migrateService: 'worker'}, []],
  ['nothing asked for', {}, []],
  [
    'a misspelt service',
    {deployServices: ['wbe', 'worker']},
    [/fault: DEPLOY_SERVICES: .*no service 'wbe' \(did you mean web\?\)/],
  ],
  [
    'a strange service',
    {migrateService: 'migrations'},
    [/DEPLOY_MIGRATE_SERVICE: .*'migrations' \(it has postgres, web, worker; a profile's/],
  ],
  [
    'the database among the services',
    {deployServices: ['web', 'postgres']},
    [/'postgres' is the service of the database \(leave it out/],
  ],
  [
    'a database under another name, which would be switched',
    {config: configOf({web: {}, db: {}}), databaseHost: 'db'},
    [/fault: DEPLOY_DB_SERVICE: .*'db'.* \(set DEPLOY_DB_SERVICE=db\)/],
  ],
  ['a database elsewhere', {config: configOf({web: {}}), databaseHost: 'db.intern'}, []],
  ['nothing but a database', {config: configOf({postgres: {}})}, [/no service but the database/]],
];
for (const [what, given, findings] of names)
  it(`${findings.length === 0 ? 'accepts' : 'refuses'} ${what}`, () => {
    const found = said(judgeNames({...asked, ...given}));
    assert.is(found.length, findings.length, found.join('\n'));
    for (const [index, pattern] of findings.entries()) assert.match(found[index] ?? '', pattern);
  });

it('deploys all services but the database, or those named', () => {
  assert.equal(servicesToDeploy(asked), ['web', 'worker']);
  assert.equal(servicesToDeploy({...asked, deployServices: ['web', 'gone', 'postgres']}), ['web']);
});

const image = (hasCheck: boolean): ImageFacts => ({id: 'sha256:1', bytes: 1, hasCheck});
const check = {test: ['CMD', 'check']};
const services: readonly [string, object, ImageFacts | undefined, readonly RegExp[]][] = [
  ['a check of its own', {healthcheck: check}, image(false), []],
  ['a check of its image', {}, image(true), []],
  ['no check', {}, image(false), [/^warning: .*no health check/]],
  ['a check switched off', {healthcheck: {disable: true}}, image(true), [/no health check/]],
  ['a check that is NONE', {healthcheck: {test: ['NONE']}}, image(true), [/no health check/]],
  ['an image to pull', {}, undefined, []],
  ['an image to build', {build: {context: '.'}}, undefined, [/^fault: .*builds nothing/]],
  ['an image built already', {build: {context: '.'}, healthcheck: check}, image(false), []],
  ['an image that may not be pulled', {pull_policy: 'never'}, undefined, [/^fault: .*pull_policy/]],
  [
    'a start_interval on an old engine',
    {healthcheck: {...check, start_interval: '1s'}},
    image(true),
    [/^fault: .*start_interval needs docker engine 25/],
  ],
];
for (const [what, service, facts, findings] of services)
  it(`judges ${what}`, () => {
    const config = configOf({web: {image: 'shop:v1', ...service}});
    const given = {services: ['web', 'gone'], images: {'shop:v1': facts}, engineMajor: 20};
    const found = said(judgeServices(config, given));
    assert.is(found.length, findings.length, found.join('\n'));
    for (const [index, pattern] of findings.entries()) assert.match(found[index] ?? '', pattern);
  });

it('asks for no health check of a job', () => {
  const depends_on = {migrate: {condition: 'service_completed_successfully'}};
  const config = configOf({
    web: {image: 'a', healthcheck: check, depends_on},
    migrate: {image: 'a'},
  });
  const given = {services: ['web', 'migrate'], images: {a: image(false)}, engineMajor: 29};
  assert.equal(judgeServices(config, given), []);
});

it.run();

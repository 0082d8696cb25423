import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseComposeConfig} from '../../../lib/model/deploy/compose-config.ts';
import type {ContainerState} from '../../../lib/model/deploy/container-state.ts';
import {type Around, judgeAround, strays} from '../../../lib/model/deploy/judge-around.ts';

const it = suite('what runs around a deploy');

const needs = (service: string, condition = 'service_started', more: object = {}) => ({
  depends_on: {[service]: {condition, ...more}},
});
const configOf = (web: object) =>
  parseComposeConfig(
    JSON.stringify({name: 'shop', services: {web, cache: {}, setup: {}, postgres: {}}}),
  );

const container = (service: string, given: Partial<ContainerState> = {}): ContainerState => ({
  ...{id: service, name: `shop-${service}-1`, service, project: 'shop', oneOff: 'False'},
  ...{image: '', imageName: '', hash: '', number: '1', status: 'running', health: ''},
  ...{exitCode: 0, restarts: 0, startedAt: '', restartPolicy: 'no', addresses: {}},
  ...{deploy: '', phase: ''},
  ...given,
});

const judged = (web: object, containers: readonly ContainerState[], given: Partial<Around> = {}) =>
  judgeAround(configOf(web), {
    ...{containers, services: ['web'], databaseService: 'postgres'},
    ...given,
  }).map(({level, where, what}) => `${level}: ${where} ${what}`);

const cache = ["warning: service 'web' needs 'cache', which does not run"];
const done = 'service_completed_successfully';
const setup = ["warning: service 'web' needs 'setup', which does not run"];
const left = ["warning: service 'mailer' is not in the compose file any more and runs on"];

type Row = readonly [string, object, readonly ContainerState[], readonly string[]];
const rows: readonly Row[] = [
  ['nothing', {}, [], []],
  ['what is needed and is not there', needs('cache'), [], cache],
  [
    'what is needed and has stopped',
    needs('cache'),
    [container('cache', {status: 'exited'})],
    cache,
  ],
  ['what is needed and runs', needs('cache'), [container('cache')], []],
  ['what may be missing', needs('cache', 'service_started', {required: false}), [], []],
  ['the database, which is started', needs('postgres', 'service_healthy'), [], []],
  ['a job that has not run', needs('setup', done), [], setup],
  ['a job that is done', needs('setup', done), [container('setup', {status: 'exited'})], []],
  [
    'a job that failed',
    needs('setup', done),
    [container('setup', {status: 'exited', exitCode: 1})],
    setup,
  ],
  ['a service that was taken out', {}, [container('mailer')], left],
  ['one with two containers once', {}, [container('mailer'), container('mailer', {id: '2'})], left],
  ['one that was taken out and stopped', {}, [container('mailer', {status: 'exited'})], []],
  ['what compose run has started of it', {}, [container('mailer', {oneOff: 'True'})], []],
  ['what is no service', {}, [container('')], []],
];

for (const [what, web, containers, expected] of rows)
  it(`tells of ${what}: ${expected.length > 0 ? 'a warning' : 'nothing'}`, () =>
    assert.equal(judged(web, containers), expected));

it('says nothing of what is deployed too', () =>
  assert.equal(judged(needs('cache'), [], {services: ['web', 'cache']}), []));

it('names the containers to remove', () => {
  const containers = [container('mailer'), container('mailer', {name: 'shop-mailer-2'})];
  const [found] = judgeAround(configOf({}), {
    ...{containers, services: [], databaseService: 'postgres'},
  });
  assert.match(found?.hint ?? '', /docker rm --force shop-mailer-1 shop-mailer-2,/);
});

it('finds what was taken out and stopped for the status', () => {
  const stopped = container('mailer', {status: 'exited'});
  assert.equal(strays(configOf({}), [container('web'), stopped]), [stopped]);
});

it.run();

import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseComposeConfig} from '../../../lib/model/deploy/compose-config.ts';
import type {Finding} from '../../../lib/model/deploy/finding.ts';
import {
  dataPlaceOf,
  judgeMajor,
  majorByName,
  majorIn,
} from '../../../lib/model/deploy/judge-major.ts';
import {judgePorts, wantedPorts} from '../../../lib/model/deploy/judge-ports.ts';
import {judgeClock, judgeRoom, type RoomFacts} from '../../../lib/model/deploy/judge-room.ts';
import {judgeTools, type ToolFacts} from '../../../lib/model/deploy/judge-tools.ts';
import {judgeVersions} from '../../../lib/model/deploy/judge-versions.ts';

const it = suite('judgement of a host');

const said = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({level, where, what}) => `${level}: ${where} ${what}`);
const kinds: readonly [string, Partial<ToolFacts>, RegExp | undefined][] = [
  ['auto on a host without clients', {}, undefined],
  ['local clients of the major', {tools: {kind: 'local'}, local: [14, 15]}, undefined],
  ['a newer local client', {tools: {kind: 'local'}, local: [17]}, undefined],
  ['older local clients', {tools: {kind: 'local'}, local: [13, 14]}, /is of PostgreSQL 14, .* 15/],
  ['no local clients', {tools: {kind: 'local'}}, /no pg_dump/],
  ['no local clients for nobody knows what', {tools: {kind: 'local'}, server: undefined}, /no pg_/],
  [
    'any local client before the first deploy',
    {tools: {kind: 'local'}, local: [9], server: undefined},
    undefined,
  ],
  ['the service', {tools: {kind: 'compose', service: 'postgres'}}, undefined],
  ['a misspelt service', {tools: {kind: 'compose', service: 'postgers'}}, /no service 'postgers'/],
  ['an image', {tools: {kind: 'image', image: 'postgres:15'}, isImageHere: true}, undefined],
  ['an image that is not here', {tools: {kind: 'image', image: 'pg:15'}}, /'pg:15' is not on this/],
];
for (const [what, given, pattern] of kinds)
  it(`${pattern ? 'refuses' : 'accepts'} as tools ${what}`, () => {
    const facts = {
      tools: {kind: 'auto'},
      local: [],
      server: 15,
      services: ['web', 'postgres'],
    } as const;
    const found = said(judgeTools({...facts, isImageHere: false, ...given}));
    assert.is(found.length, pattern ? 1 : 0);
    if (pattern) assert.match(found[0] ?? '', pattern);
  });

const configOf = (services: Readonly<Record<string, object>>, volumes: object = {}) =>
  parseComposeConfig(JSON.stringify({name: 'shop', services, volumes}));

const good = {client: '28.2.2', engine: '20.10.24+dfsg1', compose: '2.26.1'};
const versions: readonly [string, Partial<typeof good>, readonly RegExp[]][] = [
  ['what Debian 12 and 13 have', {}, []],
  ['Docker’s own', {client: '29.1.0', engine: '29.1.0', compose: 'v5.0.1-desktop.1'}, []],
  ['what can’t be read', {engine: 'dev', compose: ''}, []],
  ['the oldest', {client: '20.10.0', engine: '20.10.0', compose: '2.20.0'}, []],
  ['an old engine', {engine: '19.03.15'}, [/^fault: the docker engine is 19\.3\.15, older than/]],
  [
    'all too old',
    {client: '18.9', engine: '19.3.1', compose: '2.19.1'},
    [/client is 18\.9\.0/, /engine is 19\.3\.1/, /compose is 2\.19\.1, older than 2\.20\.0/],
  ],
  ['a compose that hashes nothing', {compose: '2.23.0'}, [/2\.23\.0: `config --hash`.*11145/]],
  ['its next release', {compose: 'v2.23.1'}, []],
  ['a compose without env_file', {compose: '2.24.7'}, [/2\.24\.7: .*11598/]],
  ['a compose without --env-file', {compose: '2.27.1-desktop.1'}, [/2\.27\.1: .*11887/]],
  ['a compose without input', {compose: '2.30.0'}, [/2\.30\.0: .*12248/]],
];
for (const [what, given, findings] of versions)
  it(`says ${findings.length === 0 ? 'nothing of' : 'what is wrong with'} ${what}`, () => {
    const found = said(judgeVersions({...good, ...given}));
    assert.is(found.length, findings.length, found.join());
    for (const [index, pattern] of findings.entries()) assert.match(found[index] ?? '', pattern);
  });

it('knows the major of a server by what it says and by the name of an image', () => {
  assert.equal(['postgres (PostgreSQL) 15.18 (Debian)', '16\n', ''].map(majorIn), [
    ...[15, 16, undefined],
  ]);
  const names = [
    ...['postgres:16', 'postgres:15.4-alpine', 'registry:5000/me/postgres:17@sha256:00'],
    ...['timescale/timescaledb:latest-pg16', 'postgis/postgis:15-3.4', 'pgvector/pgvector:pg17'],
    ...['postgres', 'postgres:latest', 'web:16', 'me/shop:v15'],
  ];
  assert.equal(names.map(majorByName), [
    ...[16, 15, 17, 16, 15, 17],
    ...[undefined, undefined, undefined, undefined],
  ]);
});

it('refuses another major on the data that are there, and nothing else', () => {
  const facts = {service: 'postgres', image: 'postgres:16', hasData: true};
  const judged = (wanted: number | undefined, data: number | undefined, hasData = true) =>
    judgeMajor({...facts, wanted, data, hasData}).map(({level}) => level);
  assert.equal(judged(16, 15), ['fault']);
  assert.equal(judged(15, 16), ['fault']);
  assert.equal(judged(16, 16), []);
  assert.equal(judged(16, undefined, false), []);
  assert.equal(judged(undefined, 15), ['warning']);
  assert.equal(judged(16, undefined), ['warning']);
});

it('finds the place of the data in a definition', () => {
  const place = (service: object) =>
    dataPlaceOf(configOf({db: service}, {pgdata: {name: 'shop_pgdata'}}), 'db');
  const volume = (target: string) => ({type: 'volume', source: 'pgdata', target});
  const found = {type: 'volume', source: 'shop_pgdata'};
  assert.equal(place({volumes: [volume('/var/lib/postgresql/data')]}), {...found, below: '.'});
  assert.equal(place({volumes: [volume('/var/lib/postgresql')]}), {...found, below: 'data'});
  assert.equal(
    place({
      environment: {PGDATA: '/var/lib/postgresql/18/docker'},
      volumes: [{type: 'tmpfs', target: '/var/lib'}, volume('/var/lib/postgresql/')],
    }),
    {...found, below: '18/docker'},
  );
  const bind = {type: 'bind', source: '/srv/pg', target: '/var/lib/postgresql/data'};
  assert.equal(place({volumes: [bind]}), {type: 'bind', source: '/srv/pg', below: '.'});
  assert.is(place({volumes: [volume('/backups'), volume('/var/lib/postgresql/data2')]}), undefined);
  assert.is(place({}), undefined);
});

const ports = configOf({
  web: {
    ports: [
      {target: 80, published: '8080'},
      {target: 443, published: '8443', host_ip: '127.0.0.1', protocol: 'tcp'},
      {target: 53, published: '53', protocol: 'udp'},
      {target: 90},
      {target: 91, published: '9100-9110'},
    ],
  },
  other: {ports: [{target: 80, published: '9999'}]},
});
const wanted = wantedPorts(ports, ['web']);

it('looks at fixed TCP ports of the services that are deployed', () => {
  assert.equal(wanted, [
    {service: 'web', port: 8080, address: undefined},
    {service: 'web', port: 8443, address: '127.0.0.1'},
  ]);
});

it('names who holds a port, and leaves those of the project itself', () => {
  const judged = (name: string, text: string, taken = wanted) =>
    said(
      judgePorts(wanted, {
        published: [{name, ports: text, project: name}],
        ...{taken, project: 'shop'},
      }),
    ).map((line) => line.replace("fault: service 'web' port ", ''));
  assert.equal(judged('shop', '0.0.0.0:8080->80/tcp, 0.0.0.0:8443->443/tcp, :::8443->443/tcp'), []);
  assert.equal(judged('blog', '127.0.0.1:8080->80/tcp, 10.0.0.1:8443->443/tcp', []), [
    "8080 of this host is held by the container 'blog'",
  ]);
  assert.equal(judged('blog', '0.0.0.0:8400-8500->8400-8500/tcp, 8080/tcp, :::8080->1/udp', []), [
    "8443 of this host is held by the container 'blog'",
  ]);
  assert.equal(judged('blog', ''), [
    '8080 of this host is held by another program',
    '8443 of this host is held by another program',
  ]);
});

const [MB, GB] = [1_000_000, 1_000_000_000];
const roomy: RoomFacts = {
  ...{backups: '/b', backupsFree: 10 * GB, newestSetBytes: undefined, dataBytes: undefined},
  ...{root: '/var/lib/docker', rootFree: 10 * GB, missingImages: 0, largestImageBytes: 0},
};
const rooms: readonly [string, Partial<RoomFacts>, readonly string[]][] = [
  ['enough', {dataBytes: GB}, []],
  ['nothing known', {}, []],
  [
    'no room for a set like the newest',
    {backupsFree: 100 * MB, newestSetBytes: 90 * MB},
    ["fault: '/b' 100 MB are free, the backup needs about 117 MB"],
  ],
  [
    'no room for a first set',
    {backupsFree: 10 * MB, dataBytes: GB},
    ["fault: '/b' 10 MB are free, the backup needs about 130 MB"],
  ],
  [
    'an engine without room',
    {rootFree: 100 * MB},
    ["fault: '/var/lib/docker' 100 MB are free for containers"],
  ],
  [
    'no room for images and the copy of a rehearsal',
    {rootFree: 2 * GB, dataBytes: GB, missingImages: 2, largestImageBytes: 400 * MB},
    [
      "warning: '/var/lib/docker' 2 GB are free; the images to pull and the copy of a rehearsal need about 2.1 GB",
    ],
  ],
  ['an engine elsewhere', {root: undefined, rootFree: undefined, missingImages: 9}, []],
];
for (const [what, facts, findings] of rooms)
  it(`judges the room: ${what}`, () => {
    assert.equal(said(judgeRoom({...roomy, ...facts})), findings);
  });

it('finds a clock that is behind the newest set', () => {
  const now = new Date('2026-11-30T10:00:00Z');
  const judged = (newest: string | undefined) =>
    judgeClock(now, newest === undefined ? undefined : new Date(newest)).map(({level}) => level);
  assert.equal(judged(undefined), []);
  assert.equal(judged('2026-11-30T10:04:00Z'), []);
  assert.equal(judged('2026-11-30T11:00:00Z'), ['warning']);
});

it.run();

import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {judgeProxy} from '../../../lib/model/deploy/judge-proxy.ts';
import {proxyKindOf, proxyText} from '../../../lib/model/deploy/proxy-file.ts';

const it = suite('the file of a proxy');

const upstreams = [
  {service: 'web', servers: ['172.18.0.5:8000', '172.18.0.6:8000']},
  {service: 'api', servers: []},
];

it('has an upstream of nginx for each service, and one that refuses where nothing serves', () => {
  assert.is(
    proxyText('nginx', upstreams),
    `# Written by pgkeep deploy with every switch: changes made by hand are lost.
upstream web {
    server 172.18.0.5:8000;
    server 172.18.0.6:8000;
}
upstream api {
    server 127.0.0.1:9 down;
}
`,
  );
});

it('has a backend of haproxy for each service', () => {
  const text = proxyText('haproxy', upstreams);
  assert.match(text, /^backend web\n[\s\S]*server web1 172\.18\.0\.5:8000 check\n/m);
  assert.match(text, /server web2 172\.18\.0\.6:8000 check\nbackend api\n/);
});

it('is of the proxy that its name tells', () => {
  assert.is(proxyKindOf('/etc/nginx/upstreams.conf'), 'nginx');
  assert.is(proxyKindOf('/etc/haproxy/backends.cfg'), 'haproxy');
});

const file = '/srv/proxy/upstreams.conf';
const reload = ['nginx', '-s', 'reload'];
const mount = (source: string) => ({
  name: 'shop',
  services: {proxy: {volumes: [{type: 'bind', source, target: '/etc/nginx/conf.d'}]}},
});
const rows: readonly (readonly [string, Parameters<typeof judgeProxy>, RegExp | undefined])[] = [
  ['both', [mount('/srv/proxy'), {proxyFile: file, proxyReload: reload}], undefined],
  ['neither', [mount('/srv/proxy'), {proxyFile: undefined, proxyReload: undefined}], undefined],
  [
    'the file alone',
    [mount('/'), {proxyFile: file, proxyReload: undefined}],
    /without DEPLOY_PROXY_RELOAD/,
  ],
  [
    'the command alone',
    [mount('/'), {proxyFile: undefined, proxyReload: reload}],
    /without DEPLOY_PROXY_FILE/,
  ],
  [
    'a file that is mounted by itself',
    [mount(file), {proxyFile: file, proxyReload: reload}],
    /mounts .* by itself/,
  ],
];

for (const [name, given, expected] of rows)
  it(`is judged with ${name} set`, () => {
    const [found] = judgeProxy(...given);
    if (expected) assert.match(found?.what ?? '', expected);
    else assert.is(found, undefined);
  });

it.run();

import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  advisoriesFor,
  chooseClient,
  fromVersionNumber,
  parseVersion,
} from '../../lib/model/version.ts';

const it = suite('version');

const texts: readonly [string, string, number, number][] = [
  ['pg_dump (PostgreSQL) 15.18', '15.18', 15, 18],
  ['pg_dump (PostgreSQL) 17.5 (Debian 17.5-1.pgdg120+1)', '17.5', 17, 5],
  ['pg_dump (PostgreSQL) 18beta2', '18beta2', 18, 0],
  ['pg_dump (PostgreSQL) 18rc1', '18rc1', 18, 0],
  ['19devel', '19devel', 19, 0],
  ['16', '16', 16, 0],
];

for (const [text, version, major, minor] of texts)
  it(`reads '${text}'`, () => assert.equal(parseVersion(text), {major, minor, text: version}));

it('finds no version where there is none', () => {
  for (const text of ['', 'pg_dump: command not found']) assert.is(parseVersion(text), undefined);
});

it("reads a server's own number", () => {
  assert.equal(fromVersionNumber(150_018), {major: 15, minor: 18, text: '15.18'});
  assert.equal(fromVersionNumber(180_000), {major: 18, minor: 0, text: '18.0'});
});

const choices: readonly [string, string, readonly string[], string | undefined, boolean][] = [
  ['the same major before a newer one', '15.3', ['17.5', '15.2', '16.1'], '15.2', false],
  ['the newest minor of the same major', '15.3', ['15.1', '15.18', '15.4'], '15.18', false],
  [
    'the lowest newer major where there is no other',
    '15.3',
    ['18.1', '16.2', '14.9'],
    '16.2',
    true,
  ],
  ['no older one', '17.0', ['15.18', '16.10'], undefined, false],
  ['none of none', '17.0', [], undefined, false],
];

for (const [what, server, clients, chosen, isNewer] of choices)
  it(`chooses ${what}`, () => {
    const versions = clients.flatMap((text) => parseVersion(text) ?? []);
    const choice = chooseClient(
      versions.map((version) => ({version})),
      parseVersion(server) ?? {major: 0, minor: 0, text: ''},
    );
    assert.is(choice?.client.version.text, chosen);
    assert.is(choice?.isNewer ?? false, isNewer);
  });

it('names what is wrong with a client until the minor that mends it', () => {
  const rows: readonly [string, readonly string[]][] = [
    ['15.13', ['CVE-2025-8714', 'CVE-2026-18408']],
    ['15.14', ['CVE-2026-18408']],
    ['15.18', ['CVE-2026-18408']],
    ['15.19', []],
    ['18.5', ['CVE-2026-18408']],
    ['18.6', []],
    ['13.2', []],
  ];
  for (const [text, names] of rows) {
    const version = parseVersion(text);
    assert.ok(version);
    assert.equal(
      advisoriesFor(version).map(({name}) => name),
      names,
      text,
    );
  }
});

it.run();

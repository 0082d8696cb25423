/** What people, files and archives bring that can't be right: told through the doors, nothing touched. */
import {execFileSync} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gunzipSync, gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {compileDoors} from '../support/compiled.ts';
import {door} from '../support/door.ts';
import {makePlace, type Place, pairs, succeeds} from '../support/faults.ts';
import {startPostgres} from '../support/postgres.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('bad input');

const compiled = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
await compileDoors(compiled, ['backup', 'list', 'verify', 'settings', 'bundle', 'prune']);
it.after(() => rm(compiled, {recursive: true, force: true}));

type Input = {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The text of the project's `.env`. */
  readonly file?: string | Buffer;
};
type Row = readonly [what: string, verb: string, input: Input, exit: number, says: RegExp];

const flag = (verb: string, args: readonly string[], says: RegExp, what = args.join(' ')): Row => [
  what,
  verb,
  {args},
  2,
  says,
];
const env = (values: Readonly<Record<string, string>>, says: RegExp): Row => [
  JSON.stringify(values),
  'list',
  {env: values},
  3,
  says,
];
const file = (what: string, text: string | Buffer, says: RegExp): Row => [
  `an env file with ${what}`,
  'list',
  {file: text},
  3,
  says,
];

const rows: readonly Row[] = [
  flag('prune', ['--retantion-days', '3'], /did you mean --retention-days\?/),
  flag('backup', ['--nonsense'], /unknown option/),
  flag('backup', ['--format', 'custom', '--format', 'plain'], /--format is given twice/),
  flag('backup', ['--format'], /argument missing/),
  flag('backup', ['--format', '--quiet'], /write --format=--quiet/),
  flag('bundle', ['--open', 'x', '--out', 'y'], /cannot be used with/),
  flag('verify', ['latest', '--all'], /contradict/),
  flag('list', ['one', 'two', 'three'], /too many arguments/),
  ...['=-1', '=0', '=1e9', '=NaN', '=0x10', '= 7 ', '=7x', '=∞', '=9007199254740993', '='].map(
    (value) => flag('prune', [`--retention-days${value}`], /retention-days: (expected|is empty)/),
  ),
  ...['=0', '=65', '=two'].map((value) => flag('backup', [`--jobs${value}`], /jobs: expected/)),
  file('NUL', 'A=1\nPGKEEP_JOBS=2\0\n', /line 2.*NUL/),
  file('ten megabytes in a line', `A=${'x'.repeat(10_000_000)}`, /no env file/),
  file('invalid UTF-8', Buffer.from([0x41, 0x3d, 0xff, 0xfe, 0x0a]), /not valid UTF-8/),
  file('two values for a key', 'PGKEEP_JOBS=1\nPGKEEP_JOBS=2\n', /given twice; line 1 has another/),
  file('a quote that stays open', 'PGKEEP_JOBS="2\n', /never closed/),
  file(
    'an unknown key of ours',
    'PGKEEP_RETENTON_DAYS=3\n',
    /did you mean PGKEEP_RETENTION_DAYS\?/,
  ),
  env({PGKEEP_JOBS: ''}, /is empty/),
  env({DATABASE_URL: ''}, /is empty/),
  env({PGDATABASE: ''}, /is empty/),
  env({PGKEEP_FROMAT: 'plain'}, /did you mean PGKEEP_FORMAT\?/),
  env({DATABASE_URL: 'postgres://u:S3cr%zzet@h/d'}, /the password holds a %/),
  env({DATABASE_URL: 'postgres://u:S3cr%00et@h/d'}, /holds a NUL/),
  env({DATABASE_URL: 'postgres://h/d?hostage=1'}, /parameter hostage/),
  env({DATABASE_URL: 'postgres://h:70000/d'}, /port from 1 to 65535/),
  env({DATABASE_URL: 'mysql://u:S3cret@h/d'}, /got mysql:/),
  env({DATABASE_URL: 'postgres://a/x', POSTGRES_URL: 'postgres://b/x'}, /names another server/),
  env({DB_HOST: 'h', DB_PORT: '0'}, /port from 1 to 65535/),
];

for (const [what, verb, {args = [], env = {}, file}, exit, says] of rows)
  it(`refuses with ${exit}: ${verb} with ${what}`, () =>
    withTempFolder(async (project) => {
      if (file !== undefined) await writeFile(join(project, '.env'), file, {mode: 0o600});
      const result = await door(verb, ['--project', project, ...args], {env, compiled});
      assert.is(result.exitCode, exit, result.stdout + result.stderr);
      assert.match(result.stderr, says);
      assert.not.match(result.stderr, /S3cr|^ +at .*:\d+/m);
      assert.is(result.stdout, '');
      assert.equal(
        (await readdir(project)).filter((name) => name !== '.env'),
        [],
      );
    }));

const warned: readonly [what: string, values: Readonly<Record<string, string>>, says: RegExp][] = [
  [
    'a connection to elsewhere without TLS',
    {DATABASE_URL: 'postgres://db.example.com/d'},
    /may go unencrypted/,
  ],
  [
    'a password file that libpq will not read',
    {DATABASE_URL: 'postgres://h/d', PGPASSFILE: 'OPEN'},
    /warning: .*(chmod|0600|600)/,
  ],
];
for (const [what, values, says] of warned)
  it(`warns of ${what}`, () =>
    withTempFolder(async (project) => {
      const path = join(project, 'pass');
      await writeFile(path, '*:*:*:*:S3cret\n', {mode: 0o644});
      const env = Object.fromEntries(
        Object.entries(values).map(([key, value]) => [key, value === 'OPEN' ? path : value]),
      );
      const {exitCode, stderr} = await door('list', ['--project', project], {env, compiled});
      assert.is(exitCode, 0, stderr);
      assert.match(stderr, says);
      assert.not.match(stderr, 'S3cret');
    }));

if (has('postgres')) {
  let place: Place;
  let whole: string;
  it.before(async () => {
    const server = await startPostgres();
    try {
      place = await makePlace(server, {sql: pairs(200), withOlderSet: false});
      whole = JSON.parse((await succeeds(place, ['--json'])).stdout).folder;
      const elsewhere = join(place.project, 'elsewhere');
      await mkdir(elsewhere);
      execFileSync('mkfifo', [join(elsewhere, 'fifo')]);
      await writeFile(join(elsewhere, 'file'), 'precious');
      const paths = [
        ['a FIFO', join(elsewhere, 'fifo')],
        ['a file', join(elsewhere, 'file')],
        ['a folder below a file', join(elsewhere, 'file', 'x')],
        ['a device', '/dev/null'],
        ['a name of 300 bytes', join(elsewhere, 'x'.repeat(300))],
        ['the folder of the processes', '/proc/self/x'],
      ] as const;
      for (const [what, path] of paths) {
        const {exitCode, stderr} = await place.run('backup', ['--backups', path], {compiled});
        assert.is(exitCode, 6, `${what}: ${stderr}`);
        assert.match(stderr, /can't be (used|read)/, what);
      }
      assert.is(await readFile(join(elsewhere, 'file'), 'utf8'), 'precious');
      const odd = join(elsewhere, ' ends with spaces  ');
      const {exitCode, stderr} = await place.run('backup', ['--backups', odd], {compiled});
      assert.is(exitCode, 0, stderr);
    } finally {
      await server.end();
    }
  });
  it.after(() => place.end());

  it('writes a bundle over nothing that is there, and through no link', async () => {
    const folder = join(place.project, 'out');
    await mkdir(folder);
    await writeFile(join(folder, 'file'), 'precious');
    await symlink(join(folder, 'file'), join(folder, 'link'));
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    for (const name of ['file', 'link', 'fifo', '', 'nowhere/x.tar']) {
      const args = ['latest', '--out', join(folder, name)];
      const {exitCode, stderr} = await place.run('bundle', args, {compiled, timeoutSeconds: 20});
      assert.is(exitCode, 2, `${name}: ${stderr}`);
    }
    assert.is(await readFile(join(folder, 'file'), 'utf8'), 'precious');
  });

  /** A copy of the set whose dump is something else, and whose manifest says that it is to be so. */
  const forged = async (change: (archive: Buffer) => Buffer): Promise<string> => {
    const folder = join(place.project, 'forged');
    await rm(folder, {recursive: true, force: true});
    await cp(whole, folder, {recursive: true});
    const path = join(folder, 'database.dump.gz');
    const bytes = change(gunzipSync(await readFile(path)));
    await writeFile(path, bytes);
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    const entry = manifest.files.find(({name}: {name: string}) => name === 'database.dump.gz');
    entry.bytes = bytes.length;
    entry.sha256 = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
    // They were of the manifest as it was.
    await rm(join(folder, 'proof.jsonl'));
    return folder;
  };

  const archives: readonly [what: string, change: (archive: Buffer) => Buffer][] = [
    ['an empty file', () => Buffer.alloc(0)],
    ['an empty file, compressed', () => gzipSync('')],
    ['five bytes of an archive', (archive) => gzipSync(archive.subarray(0, 5))],
    ['random bytes', () => randomBytes(10_000)],
    ['random bytes, compressed', () => gzipSync(randomBytes(10_000))],
    ['an archive that is not compressed', (archive) => archive],
    ['an archive compressed twice', (archive) => gzipSync(gzipSync(archive))],
    ['an SQL script', () => gzipSync('CREATE TABLE x ();\n'.repeat(1_000))],
    ['a tar file', () => gzipSync(Buffer.alloc(10_240))],
    [
      'an archive of version 1.99',
      (archive) =>
        gzipSync(Buffer.concat([archive.subarray(0, 6), Buffer.from([99]), archive.subarray(7)])),
    ],
    [
      'an archive cut in the middle',
      (archive) => gzipSync(archive.subarray(0, archive.length >> 1)),
    ],
    ['half a gzip stream', (archive) => gzipSync(archive).subarray(0, 2_000)],
    ['200 MB of zeros', () => gzipSync(Buffer.alloc(200_000_000), {level: 1})],
    [
      'line feeds that became CR LF',
      (archive) =>
        gzipSync(Buffer.from(archive.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')),
    ],
  ];
  for (const [what, change] of archives)
    it(`calls a set damaged whose dump is ${what}`, async () => {
      const args = [await forged(change), '--level', 'archive'];
      const {exitCode, stdout, stderr} = await place.run('verify', args, {
        compiled,
        timeoutSeconds: 60,
      });
      assert.is(exitCode, 4, stdout + stderr);
      assert.match(
        stdout,
        /archive {2}damaged[\s\S]*(database\.dump\.gz can't be read|rows of public\.pair)/,
      );
      assert.not.match(stderr, /^ +at .*:\d+/m);
    });

  it('takes nothing for a set that is none', async () => {
    for (const [path, exits, told] of [
      ['/dev/null', 4, /no manifest/],
      ['/etc/passwd', 4, /no manifest/],
      ['./', 4, /no manifest/],
      ['/proc/self/fd', 4, /no manifest/],
      ['/nowhere/at/all', 2, /there is no folder/],
    ] as const) {
      const {exitCode, stderr} = await place.run('verify', [path], {compiled});
      assert.is(exitCode, exits, `${path}: ${stderr}`);
      assert.match(stderr, told);
    }
  });

  it('does not read a manifest that is longer than any', async () => {
    const folder = join(place.project, 'long');
    await cp(whole, folder, {recursive: true});
    execFileSync('truncate', ['-s', '100G', join(folder, 'manifest.json')]);
    const {exitCode, stderr} = await place.run('verify', [folder], {compiled, timeoutSeconds: 20});
    assert.is(exitCode, 4, stderr);
    assert.match(stderr, /bytes, \d+ are allowed/);
  });
}

it.run();

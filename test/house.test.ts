/** The rules of the house that a compiler does not see. */
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {doorOf} from '../scripts/_pgkeep.ts';
import {envExampleText, readmeWithReference} from '../scripts/_reference.ts';
import {verbs} from '../scripts/_verbs.ts';
import {repository} from './support/door.ts';

const it = suite('house');

type Source = {readonly path: string; readonly text: string; readonly lines: readonly string[]};

const sourcesIn = (...folders: readonly string[]): readonly Source[] =>
  folders.flatMap((folder) =>
    readdirSync(join(repository, folder), {recursive: true, encoding: 'utf8'})
      .filter((name) => /\.(ts|js)$/.test(name))
      .map((name) => {
        const path = `${folder}/${name}`;
        const text = readFileSync(join(repository, path), 'utf8');
        return {path, text, lines: text.trimEnd().split('\n')};
      }),
  );

const readIfThere = (name: string): string =>
  existsSync(join(repository, name)) ? readFileSync(join(repository, name), 'utf8') : '';

type Room = {
  /** Rooms of lib that it may import from, besides itself. */
  readonly rooms: readonly string[];
  readonly packages: readonly string[];
};

/**
 * The arrows. model is pure, and so are the packages it may use: dotenv is there for `parse` alone,
 * which reads a text; leven and pretty-bytes are functions of their arguments.
 */
const rooms: Readonly<Record<string, Room>> = {
  'lib/model': {
    rooms: [],
    packages: [
      'dayjs',
      'valibot',
      'croner',
      'leven',
      'dotenv',
      'pretty-bytes',
      'node:path',
      'node:crypto',
    ],
  },
  'lib/commands': {rooms: ['lib/model'], packages: ['node:path']},
  'lib/io': {
    rooms: ['lib/model', 'lib/commands'],
    packages: ['execa', 'tar', 'cli-table3', 'pretty-bytes', '@redis/client', 'node:'],
  },
  'lib/tasks': {
    rooms: ['lib/model', 'lib/commands', 'lib/io'],
    packages: ['node:path', 'node:stream', 'node:timers'],
  },
  scripts: {
    rooms: ['lib/model', 'lib/commands', 'lib/io', 'lib/tasks'],
    packages: ['zx', 'commander', 'tsx', 'node:'],
  },
};

const importsOf = ({text}: Source): readonly string[] =>
  [...text.matchAll(/^(?:import|export)\b[^;]*? ?from '([^']+)'|\bimport\('([^']+)'\)/gm)].map(
    ([, fixed, lazy]) => fixed ?? lazy ?? '',
  );

/** What an import reaches: a folder of ours, or a package. */
const reached = (path: string, name: string): string =>
  name.startsWith('.') ? join(path, '..', name).split('/').slice(0, -1).join('/') : name;

const isAllowed = ({rooms: others, packages}: Room, room: string, target: string): boolean =>
  [room, ...others].some((folder) => target === folder || target.startsWith(`${folder}/`)) ||
  packages.some(
    (name) => target === name || target.startsWith(name.endsWith(':') ? name : `${name}/`),
  );

for (const [room, rules] of Object.entries(rooms)) {
  it(`lets ${room} import only what the arrows allow`, () => {
    const strangers = sourcesIn(room).flatMap((source) =>
      importsOf(source)
        .filter((name) => !isAllowed(rules, room, reached(source.path, name)))
        .map((name) => `${source.path} imports ${name}`),
    );
    assert.equal(strangers, []);
  });
}

it('starts processes in one file and reads command lines in one', () => {
  const users = (name: string) =>
    sourcesIn('lib', 'scripts')
      .filter((source) => importsOf(source).includes(name))
      .map(({path}) => path);
  assert.equal(users('execa'), ['lib/io/process.ts']);
  assert.equal(users('commander'), ['scripts/_options.ts']);
  assert.equal(users('dotenv'), ['lib/model/env-file.ts']);
});

it('reads process.env at the door only, and in what sets up a fresh machine', () => {
  const allowed = /^scripts\/((_main|_setup|_packages|_apt|_tour|start)\.ts|pgkeep\.js)$/;
  const readers = sourcesIn('lib', 'scripts').filter(({lines}) =>
    lines.some((line) => /process\.env\b/.test(line) && !isComment(line)),
  );
  assert.equal(
    readers.map(({path}) => path).filter((path) => !allowed.test(path)),
    [],
  );
});

it('asks the clock at the door only, but to record when a piece of work was done', () => {
  const askers = sourcesIn('lib').flatMap(({path, lines}) =>
    lines
      .filter((line) => /new Date\(\)|Date\.now\(\)/.test(line) && !isComment(line))
      .filter((line) => !/^\s*(at|finishedAt): new Date\(\)\.toISOString\(\),$/.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );
  assert.equal(askers, []);
});

it('prints through the door and the reporter, and never cuts output off by process.exit', () => {
  const printers = sourcesIn('lib', 'scripts').filter(({lines}) =>
    lines.some((line) => /\bconsole\.|process\.exit\(/.test(line) && !isComment(line)),
  );
  assert.equal(
    printers.map(({path}) => path),
    [],
  );
});

const isComment = (line: string): boolean => /^\s*(\/?\*|\/\/)/.test(line);

const longestFile = 200;
const longestFunction = 40;

/** Longer than the rule, each with its need. */
const longOnPurpose: Readonly<Record<string, string>> = {
  'lib/model/settings-table.ts': 'one table',
  'lib/io/session.ts: open': 'one closure around one psql',
  'lib/model/plain-lexer.ts: createLexer': 'one closure around what is open',
  'lib/model/plain-scan.ts: createScanner': 'one closure around one line',
  'lib/model/dump-sections.ts: sectionsOf': 'one closure around what was found',
};

it(`keeps files within ${longestFile} lines`, () => {
  const long = sourcesIn('lib', 'scripts').filter(
    ({path, lines}) => lines.length > longestFile && !longOnPurpose[path],
  );
  assert.equal(
    long.map(({path, lines}) => `${path} has ${lines.length}`),
    [],
  );
});

it('excuses no file that has become short', () => {
  const long = sourcesIn('lib', 'scripts').filter(({lines}) => lines.length > longestFile);
  const excused = Object.keys(longOnPurpose).filter((name) => name.endsWith('.ts'));
  assert.equal(
    excused.filter((name) => !long.some(({path}) => path === name)),
    [],
  );
});

/** Top-level functions, as Biome lays them out: from column 0 to the next closing bracket there. */
const functionsOf = ({lines}: Source): readonly {name: string; length: number}[] => {
  const found: {name: string; length: number}[] = [];
  for (const [from, line] of lines.entries()) {
    const [, name] = /^(?:export )?(?:async )?(?:const|function) (\w+)/.exec(line) ?? [];
    if (name === undefined) continue;
    const length =
      lines.slice(from).findIndex((other, index) => index > 0 && /^[})\]]/.test(other)) + 1;
    const end = lines
      .slice(from + 1)
      .findIndex((other) => /^(?:export|const|async|function|type)\b/.test(other));
    const head = lines.slice(from, from + 14).join('\n');
    const isFunction = / function |=>/.test(head.slice(0, head.search(/(=> ?[({[]?|\{)\n/) + 2));
    if (isFunction) found.push({name, length: Math.min(length || 1, end < 0 ? Infinity : end + 1)});
  }
  return found;
};

it(`keeps functions within ${longestFunction} lines`, () => {
  const long = sourcesIn('lib', 'scripts').flatMap((source) =>
    functionsOf(source)
      .filter(
        ({name, length}) => length > longestFunction && !longOnPurpose[`${source.path}: ${name}`],
      )
      .map(({name, length}) => `${source.path}: ${name} has ${length}`),
  );
  assert.equal(long, []);
});

it('has no drawer for everything', () => {
  const drawers = sourcesIn('lib', 'scripts', 'test').filter(({path}) =>
    /(^|\/)_?(utils?|helpers?|common|misc)(\/|\.)/.test(path),
  );
  assert.equal(
    drawers.map(({path}) => path),
    [],
  );
});

it('runs every suite that a test file makes, and none has a before hook, whose failure uvu swallows', () => {
  for (const {path, text} of sourcesIn('test').filter(({path}) => path.endsWith('.test.ts'))) {
    const made = [...text.matchAll(/^(?:export )?const (\w+) = suite(?:<.*>)?\(/gm)].map(
      ([, name]) => name,
    );
    if (/import \{[^}]*\btest\b[^}]*\} from 'uvu'/.test(text)) made.push('test');
    assert.ok(made.length > 0, `${path} has no suite`);
    for (const name of made)
      assert.match(
        text,
        new RegExp(`^${name}\\.run\\(\\);$`, 'm'),
        `${path} does not run '${name}'`,
      );
    assert.not.match(text, /^\w+\.before(\.each)?\(/m, `${path} has a before hook`);
  }
});

it('lists every verb with its file and its summary', async () => {
  for (const [verb, summary] of Object.entries(verbs)) {
    const door = await doorOf(verb);
    assert.equal([door.name, door.summary], [verb, summary], `scripts/${verb}.ts`);
  }
});

it('has no door that the list of verbs does not know', () => {
  const doors = sourcesIn('scripts').filter(({text}) => /^export const door = /m.test(text));
  const names = doors.map(({path}) => path.replace(/^scripts\/|\.ts$/g, ''));
  // `npm start` has a door too, which is no verb.
  assert.equal(names.sort(), [...Object.keys(verbs), 'start'].sort());
});

it('has the reference in README.md that the tables make (else: npm run reference)', async () => {
  const readme = readIfThere('README.md');
  for (const part of ['verbs', 'settings']) assert.match(readme, `<!-- ${part}:begin -->`);
  assert.is(await readmeWithReference(readme), readme);
});

it('has the .env.example that the table of settings makes (else: npm run reference)', () => {
  assert.is(readIfThere('.env.example'), envExampleText());
});

it.run();

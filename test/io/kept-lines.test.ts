/** What was read of a source, kept beside the sets. */
import {readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {linesIn, lineWriter} from '../../lib/io/line-file.ts';
import {keepLines} from '../../lib/io/sources/kept-lines.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('kept lines');

const run = '20261201T000100Z';

it('keeps them privately, and nothing of what failed or was left behind', () =>
  withTempFolder(async (backups) => {
    const name = 'Redis at redis://host:6379/0';
    const keep = (text: string, fault?: Error) =>
      keepLines({backups, name, run}, async ({descriptor}) => {
        const writer = lineWriter(descriptor);
        writer.write(text);
        writer.end();
        if (fault) throw fault;
        return text.length;
      });
    await keep('lost', new Error('broke')).then(
      () => assert.unreachable(),
      (error: Error) => assert.is(error.message, 'broke'),
    );
    const folder = `${backups}/.sources`;
    assert.equal(await readdir(folder), []);
    const left = ['a-20261129T000000Z.copy.partial', 'a-20261129T000000Z.copy.partial-keys-sorted'];
    const others = ['a-20261130T235959Z.copy.partial', 'a-20261001T000000Z.copy', 'mine.partial'];
    for (const file of [...left, ...others]) await writeFile(`${folder}/${file}`, '');
    const {path, value} = await keep('a\nb\n');
    assert.is(value, 4);
    assert.is(path, `${folder}/redis-at-redis-host-6379-0-${run}.copy`);
    assert.is(await readFile(path, 'utf8'), 'a\nb\n');
    assert.is((await stat(path)).mode & 0o777, 0o600);
    assert.is((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await readdir(folder)).sort(), [...others, path.split('/').at(-1)].sort());
  }));

it('writes and reads lines of any length, in groups', () =>
  withTempFolder(async (folder) => {
    const path = `${folder}/lines`;
    const long = 'x'.repeat(3_000_000);
    await writeFile(path, `a\n${long}\n\nü\nlast`);
    const groups: string[][] = [];
    for await (const lines of linesIn(path, {atOnce: 2})) groups.push([...lines]);
    const latin = Buffer.from('ü').toString('latin1');
    assert.equal(groups, [['a', long], ['', latin], ['last']]);
  }));

it.run();

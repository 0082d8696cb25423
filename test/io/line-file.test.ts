/** Lines of files, whatever their length. */
import {writeFile} from 'node:fs/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {linesIn} from '../../lib/io/line-file.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('files of lines');

const all = async (path: string, longest?: number) => {
  const lines: string[] = [];
  const limit = longest === undefined ? {} : {longest};
  for await (const some of linesIn(path, {atOnce: 2, ...limit})) lines.push(...some);
  return lines;
};

it('gives every line, the last one without its line feed too, and refuses one that is too long', () =>
  withTempFolder(async (folder) => {
    const path = `${folder}/lines`;
    const long = 'x'.repeat(3_000_000);
    await writeFile(path, `a\n\n${long}\nb`);
    assert.equal(await all(path), ['a', '', long, 'b']);
    assert.equal(await all(path, 3_000_000), ['a', '', long, 'b']);
    const error = await all(path, 1_000_000).catch((cause: unknown) => cause as Error);
    assert.match(String(error), /a line has more than 1000000 bytes/);
  }));

it.run();

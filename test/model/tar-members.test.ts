import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {createTarWalk} from '../../lib/model/tar-members.ts';

const it = suite('members of a tar file');

const tarOf = (files: Readonly<Record<string, string>>): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), 'pgkeep-test-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const words = ['--format=ustar', '--blocking-factor=2', '-C', folder, '-cf', '-'];
    return execFileSync('tar', [...words, ...Object.keys(files)]);
  } finally {
    rmSync(folder, {recursive: true});
  }
};

/** In pieces of that many bytes. */
const judged = (tar: Buffer, bytes: number) => {
  const walk = createTarWalk();
  for (let at = 0; at < tar.length; at += bytes) walk.push(tar.subarray(at, at + bytes));
  return walk.end();
};

const whole = tarOf({'toc.dat': 'x'.repeat(1_300), '3001.dat': '', 'restore.sql': 'y'.repeat(512)});
const odd = tarOf({'toc.dat': 'x', 'evil.sh': 'y'});

for (const bytes of [1, 7, 511, 512, 513, 100_000])
  it(`judges the same whatever the pieces: of ${bytes} bytes`, () => {
    assert.is(judged(whole, bytes), undefined);
    assert.match(judged(odd, bytes) ?? '', /a member 'evil.sh'/);
    assert.match(
      judged(whole.subarray(0, 1_000), bytes) ?? '',
      /cut off in the middle of 'toc.dat'/,
    );
  });

it('knows a tar that was cut anywhere before its mark', () => {
  const end = whole.lastIndexOf('y') + 1;
  for (let at = 0; at <= end; at += 64)
    assert.match(judged(whole.subarray(0, at), 100_000) ?? 'whole', /cut off/, `at ${at}`);
  const damaged = Buffer.from(whole);
  damaged[3] = 0x7a;
  assert.match(judged(damaged, 4_096) ?? '', /the head at byte 0 is damaged/);
});

it.run();

import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseEnvFile} from '../../lib/model/env-file.ts';

const it = suite('env file');

const valuesOf = (text: string) =>
  Object.fromEntries([...parseEnvFile(text).values].map(([key, {value}]) => [key, value]));
const faultsOf = (text: string) =>
  parseEnvFile(text).faults.map(
    ({line, key, problem}) => `${line} ${key ?? '-'}: ${problem.replace(/:.*/, '')}`,
  );

const readable: readonly [string, string, Record<string, string>][] = [
  ['a BOM', '\uFEFFA=1\n', {A: '1'}],
  ['CRLF', 'A=1\r\nB=2\r\n', {A: '1', B: '2'}],
  ['a lone CR', 'A=1\rB=2', {A: '1', B: '2'}],
  ['export', 'export A=1\n  export  B=2\n', {A: '1', B: '2'}],
  ['spaces around =', 'A = 1 \n', {A: '1'}],
  ['single quotes', "A='p#x y'\n", {A: 'p#x y'}],
  ['double quotes', 'A="p#x"  # why\n', {A: 'p#x'}],
  ['backticks', 'A=`it\'s "x"`\n', {A: 'it\'s "x"'}],
  ['a comment after a space', 'A=1 # one\n#B=2\n\n', {A: '1'}],
  ['an empty value', 'A=\nB=""\n', {A: '', B: ''}],
  ['quotes over several lines', 'A="one\ntwo"\nB=2\n', {A: 'one\ntwo', B: '2'}],
  ['= in a value', 'A=a=b=c\n', {A: 'a=b=c'}],
  ['no line feed at the end', 'A=1', {A: '1'}],
  ['equal duplicates', 'A=1\nA=1\n', {A: '1'}],
  ['JSON', 'A=\'{"b": "c # d"}\'\n', {A: '{"b": "c # d"}'}],
  ['nothing', '', {}],
];

for (const [what, text, values] of readable) {
  it(`reads ${what}`, () => {
    assert.equal(faultsOf(text), []);
    assert.equal(valuesOf(text), values);
  });
}

const faulty: readonly [string, string, readonly string[]][] = [
  [
    'a # that would cut the value off',
    'A=1\nDATABASE_URL=postgres://u:p#x@h/d\n',
    ['2 DATABASE_URL: the value holds a # and would be cut there'],
  ],
  ['a value that begins with #', 'A=#x\n', ['1 A: the value holds a # and would be cut there']],
  [
    'duplicates with different values',
    'A=1\nB=2\nA=3\n',
    ['3 A: is given twice; line 1 has another value'],
  ],
  ['a NUL byte', 'A=1\nB=x\0y\n', ['2 -: holds a NUL byte']],
  [
    'invalid UTF-8',
    `A=1\nB=${Buffer.from([0xff]).toString('utf8')}\n`,
    ['2 -: is not valid UTF-8'],
  ],
  ['a line without end', `A=${'x'.repeat(70_000)}\n`, ['1 -: longer than 65536 characters']],
  ['a name alone', 'A=1\nB\n', ['2 B: expected NAME=value']],
  ['a line that is no assignment', 'A=1\n-----BEGIN KEY-----\n', ['2 -: expected NAME=value']],
  ['a quote that is never closed', 'A=1\nB="x\nC=2\n', ['2 B: the " is never closed']],
  ['words behind a quote', 'A="x" y\n', ['1 A: something follows the closing quote']],
];

for (const [what, text, faults] of faulty) {
  it(`refuses ${what}, with its line`, () => assert.equal(faultsOf(text), faults));
}

it('refuses a file that is no env file at all, quickly', () => {
  const startedAt = performance.now();
  assert.is(parseEnvFile('x'.repeat(10_000_000)).faults.length, 1);
  assert.is(parseEnvFile(`A=${' '.repeat(60_000)}\n`).faults.length, 0);
  assert.ok(performance.now() - startedAt < 2_000);
});

it('gives the line of a value that stands behind a long one', () => {
  assert.is(parseEnvFile('A="1\n2\n3"\n\nB=4\n').values.get('B')?.line, 5);
});

it('never repeats a value in a fault', () => {
  const text = 'A=s3cret#x\nB="s3cret\nC\n';
  assert.not.match(JSON.stringify(parseEnvFile(text).faults), 's3cret');
});

it.run();

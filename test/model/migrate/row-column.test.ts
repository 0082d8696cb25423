/** Rows of JSON: what a file of them is known by, and the type that every value of a column comes back from. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {createExportReader, isExport} from '../../../lib/model/migrate/export-file.ts';
import {
  chooseRowType,
  nothingSeen,
  rowCell,
  seeValue,
} from '../../../lib/model/migrate/row-column.ts';

const it = suite('rows of JSON');

const wide = '9'.repeat(40);

const columns: readonly (readonly [readonly string[], string, readonly (string | undefined)[]])[] =
  [
    [['true', 'null', 'false'], 'boolean', ['t', undefined, 'f']],
    [['1', '-9223372036854775808', '0'], 'bigint', ['1', '-9223372036854775808', '0']],
    [['9223372036854775808', '1'], 'numeric', ['9223372036854775808', '1']],
    [[wide, '1.50', '1e3', '2E-3'], 'numeric', [wide, '1.50', '1000', '0.002']],
    [['-0.0', '1'], 'json', ['-0.0', '1']],
    [['-0', '1'], 'json', ['-0', '1']],
    [['1e999', '1'], 'json', ['1e999', '1']],
    [['"a\\tb"', '"\\u00e9"', '""'], 'text', ['a\tb', 'é', '']],
    [['"a\\u0000b"', '"c"'], 'json', ['"a\\u0000b"', '"c"']],
    [['"\\ud800"', '"c"'], 'json', ['"\\ud800"', '"c"']],
    [['null', 'null'], 'text', [undefined, undefined]],
    [['1', '"NaN"'], 'jsonb', ['1', '"NaN"']],
    [['1', 'true', '[1, {"a": null}]'], 'jsonb', ['1', 'true', '[1, {"a": null}]']],
    [['{"b":1,"a":[ ]}', 'null'], 'json', ['{"b":1,"a":[ ]}', undefined]],
    [['{"aa": 1, "b": 1}'], 'json', ['{"aa": 1, "b": 1}']],
    [['{"a": 1, "a": 2}'], 'json', ['{"a": 1, "a": 2}']],
    [['{"b": 1.0, "aa": "},{[:"}'], 'jsonb', ['{"b": 1.0, "aa": "},{[:"}']],
  ];

const rowsOf = (values: readonly string[]) => {
  const reader = createExportReader();
  for (const line of ['{', '"t": [']) reader.read(line);
  return values.map((value, at) => {
    const part = reader.read(`${at === 0 ? '' : ','}{"other": "\\"}", "x" : ${value} ,"y":[{}]}`);
    return part && 'row' in part ? part.row : [];
  });
};

for (const [values, type, cells] of columns)
  it(`makes ${values.join(' ').slice(0, 60)} a column of ${type}`, () => {
    const members = rowsOf(values).flatMap((row) => row.filter(({name}) => name === 'x'));
    assert.is(members.length, values.length);
    const choice = chooseRowType(members.reduce(seeValue, nothingSeen));
    assert.is(choice.type, type);
    assert.equal(
      members.map((member) => rowCell(choice.type, member)),
      cells,
    );
  });

it('knows an export by the lines that it begins with, and takes nothing else for one', () => {
  for (const text of ['{\n"a": [\n]\n}\n', '{\n"a \\"b": [\n{"x":1}\n]\n}\n'])
    assert.ok(isExport(Buffer.from(text)), text);
  for (const text of [
    '{}\n',
    '{"a": [\n{"x":1}\n]}',
    '{\n  "a": [\n  {"x":1}\n]}',
    '{\n"a": [\n1\n]\n}\n',
    '{\n"a": 1\n}\n',
  ])
    assert.not(isExport(Buffer.from(text)), text);
});

const broken: readonly (readonly [string, string])[] = [
  ['{\n"a": [\n]\n', 'ends too early'],
  ['{\n"a": [\n{"x":1}\n{"x":2}\n]\n}', 'has no row where one has to be'],
  ['{\n"a": [\n{"x":1}\n,[2]\n]\n}', 'has no row where one has to be'],
  ['{\n"a": [\n{"x":1,"x":2}\n]\n}', 'has a column twice in one row'],
  ['{\n"a": [\n],\n"a": [\n]\n}', 'has a table twice'],
  ['{\n"a": [\n],\n}', 'has no table where one has to be'],
  ['{\n"a": [\n]\n}\nmore', 'goes on where an export does not'],
  ['{\n"a": [\n{"x":1}}\n]\n}', 'has "}" where JSON has none'],
];

for (const [text, fault] of broken)
  it(`says of ${JSON.stringify(text)} that it ${fault}`, () => {
    const reader = createExportReader();
    assert.throws(
      () => {
        for (const line of text.split('\n').filter(Boolean)) reader.read(line);
        reader.end();
      },
      (error: Error) => error.message === fault,
    );
  });

it.run();

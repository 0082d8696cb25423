import {setTimeout} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {abilitiesOf, createReporter, type ReporterOptions} from '../../lib/io/reporter.ts';
import {table} from '../../lib/io/table.ts';
import {redactor} from '../../lib/model/redact.ts';

const it = suite('reporter');

/** A reporter that writes into a text, and a clock that a test moves. */
const recorder = (options: Partial<ReporterOptions> = {}) => {
  const record = {text: '', milliseconds: 0};
  const reporter = createReporter({
    sink: {
      columns: 60,
      write: (text) => {
        record.text += text;
      },
    },
    level: 'info',
    isTerminal: false,
    hasColour: false,
    redact: redactor(['s3cret']),
    clock: () => record.milliseconds,
    ...options,
  });
  return {record, reporter};
};

/** Longer than the time between two looks at the clock. */
const aMoment = () => setTimeout(450);

const tell = (level: ReporterOptions['level']) => {
  const {record, reporter} = recorder({level});
  reporter.step('step');
  reporter.warn('danger');
  reporter.debug('detail');
  return record.text;
};

it('tells as much as the level allows, and warnings always', () => {
  assert.is(tell('warn'), 'warning: danger\n');
  assert.is(tell('info'), 'step\nwarning: danger\n');
  assert.is(tell('debug'), 'step\nwarning: danger\ndetail\n');
});

it('lets no secret and no escape sequence through', () => {
  const {record, reporter} = recorder({level: 'debug'});
  for (const say of [reporter.step, reporter.warn, reporter.debug]) say('s3cret \u001b[2J\r');
  assert.not.match(record.text, /s3cret|\u001b|\r/);
  assert.match(record.text, '*** \\u001b[2J\\u000d');
});

it('colours warnings only where that is wanted', () => {
  const {record, reporter} = recorder({hasColour: true});
  reporter.warn('danger');
  assert.is(record.text, '\u001b[33mwarning:\u001b[39m danger\n');
});

it('honours NO_COLOR, TERM=dumb and a missing terminal', () => {
  const rows: readonly [boolean, Record<string, string>, boolean, boolean][] = [
    [true, {}, true, true],
    [true, {NO_COLOR: '1'}, true, false],
    [true, {NO_COLOR: ''}, true, true],
    [true, {TERM: 'dumb'}, false, false],
    [false, {}, false, false],
  ];
  for (const [isTTY, environment, isTerminal, hasColour] of rows) {
    assert.equal(abilitiesOf(isTTY, environment), {isTerminal, hasColour});
  }
});

it('says nothing of work that is over within two seconds', async () => {
  for (const isTerminal of [true, false]) {
    const {record, reporter} = recorder({isTerminal});
    const progress = reporter.progress('dump');
    record.milliseconds = 1_900;
    await aMoment();
    progress.end();
    assert.is(record.text, '');
  }
});

it('rewrites one line on a terminal, and leaves none behind', async () => {
  const {record, reporter} = recorder({isTerminal: true});
  const progress = reporter.progress('dump');
  progress.update({done: 30_000_000, total: 60_000_000, unit: 'bytes'});
  record.milliseconds = 3_000;
  await aMoment();
  reporter.step('beside');
  progress.end();
  const line = '\r\u001b[2Kdump  30 MB of 60 MB  50%  10 MB/s  3.0 s left';
  assert.ok(record.text.startsWith(line));
  assert.match(record.text, `\r\u001b[2Kbeside\n${line}`);
  assert.ok(record.text.endsWith('\r\u001b[2K'));
});

it('prints a plain line every 30 seconds elsewhere', async () => {
  const {record, reporter} = recorder();
  const progress = reporter.progress('dump');
  for (const milliseconds of [29_000, 30_000, 31_000, 60_500]) {
    record.milliseconds = milliseconds;
    await aMoment();
  }
  progress.end();
  assert.is(record.text, 'dump  30 s\ndump  1 min 01 s\n');
});

it('shows no progress under --quiet', async () => {
  const {record, reporter} = recorder({level: 'warn', isTerminal: true});
  const progress = reporter.progress('dump');
  record.milliseconds = 60_000;
  await aMoment();
  progress.update({done: 1, unit: 'rows'});
  progress.end();
  assert.is(record.text, '');
});

it('goes on with the other work when one of two has ended', async () => {
  const {record, reporter} = recorder({isTerminal: true});
  const first = reporter.progress('first');
  const second = reporter.progress('second');
  first.end();
  record.milliseconds = 5_000;
  await aMoment();
  second.end();
  assert.match(record.text, 'second  5.0 s');
  assert.not.match(record.text, 'first');
});

it('draws tables as plain columns, safe to print', () => {
  const text = table({
    head: ['id', 'size', 'note'],
    rows: [
      ['20261120T031500Z', '1.2 GB', ''],
      ['大小', '9 B', 'a\u001b[31m\nb'],
    ],
    right: [1],
  });
  assert.equal(text.split('\n'), [
    'id                  size  note',
    '20261120T031500Z  1.2 GB',
    '大小                 9 B  a\\u001b[31m\\nb',
  ]);
});

it.run();

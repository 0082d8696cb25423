import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {lastHealthOutput} from '../../../lib/model/deploy/container-state.ts';

const it = suite('a container as docker inspects it');

const rows: readonly (readonly [string, string, string])[] = [
  ['the last of its check', '{"Log":[{"Output":"a"},{"Output":"b\\n"}]}', 'b'],
  ['nothing of a check that has not been', '{"Status":"starting","Log":[]}', ''],
  ['nothing without outputs', '{"Status":"none","Log":null}', ''],
  ['nothing without a check', 'null', ''],
  ['nothing of what is no answer', '', ''],
];

for (const [what, inspected, expected] of rows)
  it(`gives ${what}`, () => assert.is(lastHealthOutput(inspected), expected));

it.run();

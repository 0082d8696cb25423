import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {policyOf} from '../../lib/model/retention-policy.ts';
import {testContext} from '../support/context.ts';

const it = suite('retention policy');

const none = {hourly: undefined, daily: undefined, weekly: undefined};
const never = {...none, monthly: undefined, yearly: undefined};
const byDefault = {days: 7, last: undefined, buckets: never, maxTotalBytes: undefined};

const policies: readonly [Readonly<Record<string, string>>, object][] = [
  [{}, byDefault],
  [{PGKEEP_RETENTION_DAYS: '30'}, {...byDefault, days: 30}],
  [{PGKEEP_KEEP_LAST: '3'}, {...byDefault, days: undefined, last: 3}],
  [
    {PGKEEP_KEEP_LAST: '3', PGKEEP_RETENTION_DAYS: '7'},
    {...byDefault, last: 3},
  ],
  [
    {PGKEEP_KEEP_DAILY: '7', PGKEEP_KEEP_YEARLY: '2'},
    {...byDefault, days: undefined, buckets: {...never, daily: 7, yearly: 2}},
  ],
  [{PGKEEP_MAX_TOTAL_SIZE: '50GB'}, {...byDefault, maxTotalBytes: 50e9}],
];

for (const [environment, policy] of policies)
  it(`makes a policy of ${JSON.stringify(environment)}`, () => {
    assert.equal(policyOf(testContext('/srv/app', environment).settings), policy);
  });

it.run();

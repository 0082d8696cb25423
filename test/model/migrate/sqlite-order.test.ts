import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {tokensOf} from '../../../lib/model/migrate/sqlite-lexer.ts';
import {withDirections} from '../../../lib/model/migrate/sqlite-order.ts';

const it = suite('order of SQLite');

const rows: readonly (readonly [sql: string, said: string])[] = [
  ['SELECT a', 'SELECT a'],
  ['SELECT a ORDER BY a', 'SELECT a ORDER BY a ASC'],
  ['SELECT a ORDER BY a DESC', 'SELECT a ORDER BY a DESC'],
  ['SELECT a ORDER BY a, b DESC, c', 'SELECT a ORDER BY a ASC , b DESC , c ASC'],
  ['SELECT a ORDER BY max(a, b) LIMIT 3', 'SELECT a ORDER BY max ( a , b ) ASC LIMIT 3'],
  ['SELECT a, b FROM t', 'SELECT a , b FROM t'],
  [
    'SELECT r() OVER (PARTITION BY a ORDER BY b, c), d ORDER BY e',
    'SELECT r ( ) OVER ( PARTITION BY a ORDER BY b ASC , c ASC ) , d ORDER BY e ASC',
  ],
  [
    'SELECT r() OVER (ORDER BY b ROWS UNBOUNDED PRECEDING), d',
    'SELECT r ( ) OVER ( ORDER BY b ASC ROWS UNBOUNDED PRECEDING ) , d',
  ],
  [
    'SELECT (SELECT a ORDER BY a LIMIT 1) ORDER BY (SELECT b ORDER BY b), c',
    'SELECT ( SELECT a ORDER BY a ASC LIMIT 1 ) ORDER BY ( SELECT b ORDER BY b ASC ) ASC , c ASC',
  ],
];

for (const [sql, said] of rows)
  it(`says every direction: ${sql}`, () => {
    assert.is(
      withDirections(tokensOf(sql))
        .map(({value}) => value)
        .join(' '),
      said,
    );
  });

it.run();

import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {compareGlobals, globalsForScratch} from '../../lib/model/globals-text.ts';

const it = suite('globals text');

const superuser = {superuser: 'postgres'};

const globals = `--
-- PostgreSQL database cluster dump
--

\\restrict AbC

SET default_transaction_read_only = off;

--
-- Roles
--

CREATE ROLE app;
ALTER ROLE app WITH NOSUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:c2FsdA==$a:b';
CREATE ROLE "two
-- lines; CREATE ROLE evil;";
ALTER ROLE "two
-- lines; CREATE ROLE evil;" WITH NOSUPERUSER;
CREATE ROLE postgres;
ALTER ROLE postgres WITH SUPERUSER;

--
-- User Config "it's"
--

ALTER ROLE app SET "app.motto" TO 'it''s
\\! touch /tmp/evil
fine';

GRANT app TO postgres WITH ADMIN OPTION GRANTED BY postgres;

--
-- Tablespaces
--

CREATE TABLESPACE fast OWNER app LOCATION '/mnt/it''s fast';
\\unrestrict AbC
`;

it('leaves out the first role, which a new server has, and makes tablespaces in its folder', () => {
  const script = globalsForScratch(globals, superuser);
  assert.not.match(script, /^(CREATE|ALTER) ROLE postgres\b/m);
  assert.match(script, /^CREATE ROLE app;$/m);
  assert.match(script, /GRANT app TO postgres/);
  assert.match(
    script,
    "SET allow_in_place_tablespaces = on; CREATE TABLESPACE fast OWNER app LOCATION '';",
  );
  assert.not.match(script, '/mnt');
});

it('keeps a statement whole that goes on in another line', () => {
  const script = globalsForScratch(globals, superuser);
  assert.match(script, 'CREATE ROLE "two\n-- lines; CREATE ROLE evil;";\n');
  assert.match(script, "'it''s\n\\! touch /tmp/evil\nfine';\n");
});

it('leaves out a first role of an odd name, and no other', () => {
  const text =
    'CREATE ROLE "Odd ""One";\nALTER ROLE "Odd ""One" WITH SUPERUSER;\nCREATE ROLE "Odd ""One2";\n';
  assert.is(globalsForScratch(text, {superuser: 'Odd "One'}), 'CREATE ROLE "Odd ""One2";');
});

it('finds no difference in another order, another place or another key', () => {
  const other = globals
    .replaceAll('AbC', 'XyZ')
    .replace("'/mnt/it''s fast'", "''")
    .replace('WITH SUPERUSER', 'WITH SUPERUSER CONNECTION LIMIT 3');
  const [head = '', ...rest] = other.split('\nGRANT ');
  const moved = `GRANT ${rest.join('')}\n${head}`;
  assert.equal(compareGlobals(globals, moved, superuser), []);
});

const differences: readonly [string, string, string, RegExp][] = [
  [
    'a lost role',
    'CREATE ROLE app;\n',
    '',
    /^role app is missing or differs: recorded 'CREATE ROLE app;'$/,
  ],
  [
    'a role more',
    'CREATE ROLE app;',
    'CREATE ROLE app;\nCREATE ROLE eve;',
    /^role eve is not in the set/,
  ],
  ['a lost right', ' LOGIN', ' NOLOGIN', /^role app is missing or differs/],
  ['a lost setting', "TO 'it''s", "TO 'its", /^role app is missing or differs/],
  [
    'a lost membership',
    'GRANT app TO postgres WITH',
    'GRANT app TO eve WITH',
    /^a grant of roles is missing/,
  ],
  [
    'another owner of a tablespace',
    'fast OWNER app',
    'fast OWNER eve',
    /^tablespace fast is missing/,
  ],
  [
    'a name in two lines',
    '"two\n-- lines; CREATE ROLE evil;" WITH NOSUPERUSER',
    '"two\n-- lines; CREATE ROLE evil;" WITH SUPERUSER',
    /^role "two\n-- lines; CREATE ROLE evil;" is missing/,
  ],
];

for (const [what, was, is, sentence] of differences)
  it(`names ${what}`, () => {
    assert.ok(globals.includes(was));
    const found = compareGlobals(globals, globals.replace(was, is), superuser);
    assert.match(found[0] ?? 'nothing was found', sentence);
  });

it('tells that a password changed, and shows neither hash', () => {
  const changed = globals.replace('c2FsdA==$a:b', 'c2FsdA==$x:y');
  const found = compareGlobals(globals, changed, superuser).join('\n');
  assert.match(found, /role app is missing or differs: .*PASSWORD '\*\*\*'/);
  assert.not.match(found, /SCRAM|c2FsdA/);
});

it.run();

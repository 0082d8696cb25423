import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {schemaEntries} from '../../lib/model/schema-text.ts';
import {databaseDefinition, mentionedIn, ownersIn} from '../../lib/model/set-definition.ts';
import {needsOneWorker} from '../../lib/model/toc.ts';

const it = suite('definition in a set');

const text = `
-- Name: app; Type: DATABASE; Schema: -; Owner: boss

CREATE DATABASE app WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE = 'C';


ALTER DATABASE app OWNER TO boss;

\\connect app

--
-- Name: app; Type: DATABASE PROPERTIES; Schema: -; Owner: boss
--

ALTER DATABASE app CONNECTION LIMIT = 9;
ALTER ROLE web IN DATABASE app SET work_mem TO '4MB';

--
-- Name: orders; Type: TABLE; Schema: public; Owner: Shop Owner
--

CREATE TABLE public.orders (id integer);

--
-- Name: TABLE orders; Type: ACL; Schema: public; Owner: Shop Owner
--

GRANT SELECT ON TABLE public.orders TO reader;
GRANT SELECT ON TABLE public.orders TO "Read er";
`;

it('gives the owners, each once', () => {
  assert.equal(ownersIn(schemaEntries(text)), ['boss', 'Shop Owner']);
});

it('finds the roles that the definition names, and no others', () => {
  const roles = ['web', 'reader', 'Read er', 'read', 'order', 'er', 'work_mem2', 'boss'];
  assert.equal(mentionedIn(schemaEntries(text), roles), [
    'boss',
    'Shop Owner',
    'web',
    'reader',
    'Read er',
  ]);
});

it('says of another name how the database was made', () => {
  assert.equal(databaseDefinition(schemaEntries(text), {from: 'app', to: 'copy'}), {
    create: `CREATE DATABASE "copy" WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE = 'C'`,
    rest: [
      'ALTER DATABASE "copy" OWNER TO boss',
      'ALTER DATABASE "copy" CONNECTION LIMIT = 9',
      `ALTER ROLE web IN DATABASE "copy" SET work_mem TO '4MB'`,
    ],
  });
  assert.is(databaseDefinition([], {from: 'app', to: 'copy'}), undefined);
});

const listings: readonly (readonly [title: string, listing: string, isOne: boolean])[] = [
  ['no constraint', '1; 1247 5 DOMAIN zoo lenient boss', false],
  [
    "a table's constraint",
    '1; 1259 5 TABLE zoo lenient boss\n2; 2606 6 CHECK CONSTRAINT zoo lenient bad boss',
    false,
  ],
  [
    "a domain's constraint",
    '1; 1247 5 DOMAIN zoo lenient boss\n2; 2606 6 CHECK CONSTRAINT zoo lenient bad boss',
    true,
  ],
  [
    "a domain's, with spaces in its name",
    '1; 1247 5 DOMAIN zoo very len boss\n2; 2606 6 CHECK CONSTRAINT zoo very len not bad boss',
    true,
  ],
  [
    "a table's, in the domain's schema",
    '1; 1247 5 DOMAIN zoo lenient boss\n2; 2606 6 CHECK CONSTRAINT zoo other bad boss',
    false,
  ],
];

for (const [title, listing, isOne] of listings) {
  it(`lets ${isOne ? 'one worker' : 'several workers'} load an archive with ${title}`, () => {
    assert.is(needsOneWorker(listing), isOne);
  });
}

it.run();

/** Rows alone into tables that the application has made already, with rows of its own or none. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {OpsError} from '../../lib/model/errors.ts';
import {type MigratedOptions, type Target, withMigrated} from '../support/migrated.ts';
import {startPostgres, type TestServer} from '../support/postgres.ts';
import {has} from '../support/require.ts';

const it = suite('rows into tables that are there');

/** What its own migrations have made: other types, another order, a sequence of another name. */
const application = `
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE account (active boolean NOT NULL, "Name" varchar(20) NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid uuid, seen timestamptz, price numeric(10,2), doc jsonb, feels mood, big numeric, raw bytea, note text NOT NULL DEFAULT 'n', twice bigint GENERATED ALWAYS AS (2) STORED);
CREATE SEQUENCE numbers; CREATE TABLE entry (id integer PRIMARY KEY DEFAULT nextval('numbers'), account bigint NOT NULL REFERENCES account, at timestamp);
CREATE TABLE log (id serial, t text);
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW."Name" := upper(NEW."Name"); INSERT INTO log (t) VALUES ('fired'); RETURN NEW; END $$;
CREATE TRIGGER shouts BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION shout();`;

const source = `
CREATE TABLE Account (Id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, active INTEGER, uid TEXT, seen DATETIME, price REAL, doc TEXT, feels TEXT, big TEXT, raw BLOB);
CREATE TABLE entry (id INTEGER PRIMARY KEY, account INT REFERENCES account (id), at INTEGER);
INSERT INTO Account VALUES (3, 'Ada', 1, '6F9619FF-8B86-D011-B42D-00CF4FC964FF', '2020-01-02T03:04:05+05:30', 9.8, '{"b":1,"a":[]}', 'ok', '12345678901234567890', x'00ff');
INSERT INTO Account VALUES (70, 'Grace', 0, NULL, '2020-01-02 03:04:05', 10, NULL, 'sad', '1.50', NULL); DELETE FROM Account WHERE id = 99;
UPDATE sqlite_sequence SET seq = 100 WHERE name = 'Account';
INSERT INTO entry VALUES (9, 3, 1577934245), (10, 70, NULL);`;

const simple = `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE); INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three');`;
const own = `CREATE TABLE t (id bigint PRIMARY KEY, a text UNIQUE);`;
const all = 'SELECT * FROM t ORDER BY 1';
const left = `SELECT count(*) FROM pg_namespace WHERE nspname ~ '^pgkeep_incoming'`;

if (has('postgres') && has('sqlite')) {
  let server: TestServer & {end(): Promise<void>};
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(async () => {
    await server?.end();
  });

  const filled = (
    sql: string,
    use: (target: Target) => Promise<void> | void,
    options: MigratedOptions = {},
  ) => withMigrated(server, sql, use, {onExisting: 'refuse', ...options});

  const refused = async (sql: string, options: MigratedOptions): Promise<OpsError> => {
    const done = filled(sql, () => assert.unreachable('it was carried out'), options);
    return (await done.catch((error: unknown) => error)) as OpsError;
  };

  it('grafana #54, #102459, gitea#740, vaultwarden#7133, synapse#18053, #9317: fills empty tables of other types, orders and capitals, and counts on', () =>
    filled(
      source,
      async ({ask, outcome}) => {
        assert.is(
          await ask(
            `SET TimeZone = 'UTC'; SELECT id, "Name", active, uid, seen, price, doc, feels, big, raw, note FROM account ORDER BY id`,
          ),
          '3|Ada|t|6f9619ff-8b86-d011-b42d-00cf4fc964ff|2020-01-01 21:34:05+00|9.80|{"a": [], "b": 1}|ok|12345678901234567890|\\x00ff|n\n70|Grace|f||2020-01-02 03:04:05+00|10.00||sad|1.50||n',
        );
        assert.is(await ask('SELECT * FROM entry ORDER BY id'), '9|3|2020-01-02 03:04:05\n10|70|');
        assert.is(await ask('SELECT count(*) FROM log'), '0', 'no trigger has fired');
        assert.match(
          outcome.plan.cautions.join('; '),
          /triggers of 'account' do not fire.*'shouts'/,
        );
        assert.match(outcome.plan.cautions.join('; '), /'note' of 'account' is not in the source/);
        assert.is(
          await ask(`INSERT INTO account (active, "Name") VALUES (true, 'x') RETURNING id, "Name"`),
          '101|X',
          'after the highest that there ever was, and the trigger fires again',
        );
        assert.is(await ask('INSERT INTO entry (account) VALUES (3) RETURNING id'), '11');
        assert.is(await ask(left), '0');
        assert.equal(outcome.filled?.map(({name, inserted}) => [name, inserted]).toSorted(), [
          ['account', 2],
          ['entry', 2],
        ]);
      },
      {before: application},
    ));

  it('Radarr#7178: refuses tables that have rows, with the plan, and touches nothing', async () => {
    const error = await refused(simple, {before: `${own} INSERT INTO t VALUES (1, 'mine')`});
    assert.is(error.exit, 2);
    assert.match(error.message, /has already: table 't' with 1 row; nothing was touched/);
    assert.match(error.hint ?? '', /--on-existing truncate.*--on-existing append/);
  });

  const strange: readonly (readonly [type: string, value: string, isTaken: boolean])[] = [
    ['name', `'${'x'.repeat(64)}'`, false],
    ['name', "'short'", true],
    ['numeric(5,-2)', "'12345'", false],
    ['small_price', "'1.239'", false],
    ['numeric(10,2)[]', "'{1.239}'", false],
    ['integer[]', "'{1,2}'", true],
    ['inet', "'10.0.0.1'", true],
    ['mood', "'ok'", true],
  ];
  for (const [type, value, isTaken] of strange)
    it(`${isTaken ? 'takes' : 'refuses'} ${value} for ${type}, which only the server knows`, async () => {
      const sql = `CREATE TABLE t (a TEXT); INSERT INTO t VALUES (${value});`;
      const before = `CREATE TYPE mood AS ENUM ('ok'); CREATE DOMAIN small_price AS numeric(10,2); CREATE TABLE t (a ${type})`;
      const read = ({ask}: Target) => ask('SELECT a FROM t');
      if (isTaken)
        await filled(sql, async (target) => assert.is(`'${await read(target)}'`, value), {before});
      else assert.is((await refused(sql, {before})).kind, 'toolFailed');
    });

  it('empties what somebody has written while it waited for the table, whatever the database says of isolation, and keeps that', async () => {
    const before = `${own} INSERT INTO t VALUES (7, 'old'); DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''repeatable read''', current_database()); END $$`;
    let late: Promise<string> | undefined;
    await filled(
      simple,
      async ({ask, undo}) => {
        await late;
        assert.is(await ask('SELECT count(*) FROM t'), '3');
        await undo();
        assert.is(await ask(all), '7|old\n8|late');
      },
      {
        before,
        onExisting: 'truncate',
        /** Between the plan and the lock, a writer that the fill has to wait for. */
        between: (ask) => {
          late = ask(
            "BEGIN; INSERT INTO t VALUES (8, 'late'); SELECT pg_sleep(3); COMMIT; SELECT 1",
          );
        },
      },
    );
  });

  it('fires no trigger for what goes, and undoes it without one', () =>
    filled(
      simple,
      async ({ask, undo}) => {
        assert.is(await ask('SELECT count(*) FROM t'), '3');
        await undo();
        assert.is(await ask(all), '7|old');
        assert.is(await ask('SELECT count(*) FROM log'), '0');
        await ask('DELETE FROM t');
        assert.is(await ask('SELECT count(*) FROM t'), '1', 'the trigger is on again');
      },
      {
        before: `${own} INSERT INTO t VALUES (7, 'old'); CREATE TABLE log (t text);
          CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (TG_OP); RETURN NULL; END $$;
          CREATE TRIGGER keeps BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION keep();
          CREATE TRIGGER tells BEFORE TRUNCATE ON t FOR EACH STATEMENT EXECUTE FUNCTION keep();`,
        onExisting: 'truncate',
      },
    ));

  it('knows no key by what is looked at later, and no table that may be read alone', async () => {
    const error = await refused(simple, {
      before: `CREATE TABLE t (id bigint PRIMARY KEY DEFERRABLE, a text); INSERT INTO t VALUES (7, 'old')`,
      onExisting: 'append',
    });
    assert.match(`${error.message} ${error.hint}`, /no key by which/);
  });

  it('finds tables and columns again whose names were too long, and an enum by its very letters', async () => {
    const long = 'x'.repeat(70);
    const sql = `CREATE TABLE ${long} (id INTEGER PRIMARY KEY, ${long}_a TEXT, ${long}_b TEXT); INSERT INTO ${long} VALUES (1, 'a', 'b');`;
    let made = '';
    await withMigrated(server, sql, async ({ask}) => {
      made = await ask(
        `SELECT format('CREATE TABLE %I (%s)', relname, (SELECT string_agg(format('%I %s', attname, atttypid::regtype), ', ') FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0)) FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
      );
    });
    await filled(sql, ({outcome}) => assert.is(outcome.tables[0]?.rows, 1), {before: made});
    const error = await refused(
      `CREATE TABLE t (a TEXT COLLATE NOCASE); INSERT INTO t VALUES ('ACTIVE')`,
      {before: `CREATE TYPE state AS ENUM ('active'); CREATE TABLE t (a state)`},
    );
    assert.is(error.exit, 2);
  });

  it('fires no trigger of a partition', () =>
    filled(simple, async ({ask}) => assert.is(await ask('SELECT count(*) FROM t'), '3'), {
      before: `CREATE TABLE t (id bigint PRIMARY KEY, a text) PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF t DEFAULT;
        CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
        CREATE TRIGGER keeps BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION keep();`,
    }));

  it('takes nothing back where what was kept has no place any more', () =>
    filled(
      simple,
      async ({ask, undo}) => {
        await ask('ALTER TABLE t RENAME a TO b');
        const error = (await undo().catch((caught: unknown) => caught)) as OpsError;
        assert.match(error.message, /of 't' the column 'a' is not there any more/);
        await ask('ALTER TABLE t RENAME b TO a; ALTER TABLE t RENAME TO u');
        const gone = (await undo().catch((caught: unknown) => caught)) as OpsError;
        assert.match(gone.message, /the table 't' is not there any more/);
        await ask('ALTER TABLE u RENAME TO t');
        await undo();
        assert.is(await ask(all), '7|old');
      },
      {before: `${own} INSERT INTO t VALUES (7, 'old')`, onExisting: 'truncate'},
    ));

  it('refuses tables that share rows by inheritance', async () => {
    const before = `${own} CREATE TABLE child (more text) INHERITS (t); INSERT INTO child VALUES (9, 'nine', 'more')`;
    const error = await refused(simple, {before, onExisting: 'truncate'});
    assert.match(`${error.message} ${error.hint}`, /inheritance/);
  });

  it('takes back nothing that rows hang on which would go along', () =>
    filled(
      simple,
      async ({ask, undo}) => {
        await ask('INSERT INTO later VALUES (2)');
        const error = (await undo().catch((caught: unknown) => caught)) as OpsError;
        assert.match(error.message, /1 of public\.later/);
        assert.is(await ask('SELECT count(*) FROM t'), '4');
        await ask('DELETE FROM later');
        await undo();
        assert.is(await ask(all), '7|old');
      },
      {
        before: `${own} INSERT INTO t VALUES (7, 'old'); CREATE TABLE later (t bigint REFERENCES t ON DELETE CASCADE)`,
        onExisting: 'append',
      },
    ));

  it('empties tables first when told to, and brings back what was there', () =>
    filled(
      simple,
      async ({ask, undo}) => {
        assert.is(await ask(all), '1|one\n2|two\n3|three');
        await ask(`INSERT INTO t VALUES (4, 'since')`);
        await undo();
        assert.is(await ask(all), '1|mine\n7|mine too');
        const kept = await ask(
          `SELECT format('%I', nspname) FROM pg_namespace WHERE nspname ~ '^pgkeep_before'`,
        );
        assert.is(await ask(`SELECT count(*) FROM ${kept}.t`), '4', 'what went is kept');
      },
      {
        onExisting: 'truncate',
        before: `${own} INSERT INTO t VALUES (1, 'mine'), (7, 'mine too')`,
      },
    ));

  it('does not empty a table that another one refers to', async () => {
    const error = await refused(simple, {
      onExisting: 'truncate',
      before: `${own} INSERT INTO t VALUES (1, 'mine'); CREATE TABLE child (t bigint REFERENCES t)`,
    });
    assert.is(error.exit, 2);
    assert.match(error.message, /'public\.child' refers to 't'/);
  });

  it('takes rows of tables that refer to each other back, and refuses where others hang on them', () =>
    filled(
      source,
      async ({ask, undo}) => {
        await ask(
          'CREATE TABLE late (account bigint REFERENCES account ON DELETE CASCADE); INSERT INTO late VALUES (3)',
        );
        const error = (await undo().catch((cause: unknown) => cause)) as OpsError;
        assert.is(error.exit, 2);
        assert.match(error.message, /public\.late; nothing has changed/);
        assert.is(await ask('SELECT count(*) FROM late, account'), '2');
        await ask('DROP TABLE late');
        await undo();
        assert.is(
          await ask('SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM entry)'),
          '0|0',
        );
        assert.is(
          await ask(`SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'`),
          '1',
        );
      },
      {before: application},
    ));

  it('fills nothing where somebody has written since the plan', async () => {
    const error = await refused(simple, {
      before: own,
      between: `INSERT INTO t VALUES (5, 'since')`,
    });
    assert.is(error.exit, 7);
    assert.match(error.message, /'t' was empty when this was planned, and has 1 rows now/);
  });

  it('sees rows that something in the target has changed on their way', async () => {
    const error = await refused(simple, {
      before: `CREATE TABLE t (id bigint, a text) PARTITION BY RANGE (id); CREATE TABLE low PARTITION OF t DEFAULT;
        CREATE FUNCTION alter_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := 'altered'; RETURN NEW; END $$;`,
      between:
        'CREATE TRIGGER alters BEFORE INSERT ON low FOR EACH ROW EXECUTE FUNCTION alter_it()',
    });
    assert.is(error.exit, 4);
    assert.match(error.message, /'t' does not hold the rows that were loaded into it/);
  });

  it('appends what is missing, and takes exactly that back', () =>
    filled(
      simple,
      async ({ask, outcome, undo}) => {
        assert.is(await ask(all), '1|one\n2|two\n3|three\n8|mine');
        assert.is(outcome.filled?.[0]?.inserted, 2);
        await undo();
        assert.is(await ask(all), '1|one\n8|mine');
      },
      {onExisting: 'append', before: `${own} INSERT INTO t VALUES (1, 'one'), (8, 'mine')`},
    ));

  it('names rows that are there with other values: they fail the run, or stay', async () => {
    const options: MigratedOptions = {
      onExisting: 'append',
      before: `${own} INSERT INTO t VALUES (1, 'other')`,
    };
    const error = await refused(simple, options);
    assert.is(error.exit, 4);
    assert.match(error.message, /1 of 't': \(1\)/);
    await filled(
      simple,
      async ({ask, outcome}) => {
        assert.is(await ask(all), '1|other\n2|two\n3|three');
        assert.equal(outcome.filled?.[0]?.someOthers, [['1']]);
      },
      {...options, isStrict: false},
    );
  });

  it('does not pass over a row whose other unique key is taken', async () => {
    const error = await refused(simple, {
      onExisting: 'append',
      before: `${own} INSERT INTO t VALUES (9, 'two')`,
    });
    assert.is(error.exit, 4);
    assert.match(error.message, /1 rows of 't' were not taken.*\(2\)/);
  });

  it('#42, #8753: tables and columns that one side lacks are named, and values without a place', async () => {
    const error = await refused(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, extra INT); INSERT INTO t VALUES (1, 'abc', 1), (2, '5', 2); CREATE TABLE gone (x);`,
      {before: 'CREATE TABLE t (id bigint PRIMARY KEY, a integer, must int NOT NULL)'},
    );
    assert.is(error.exit, 2);
    for (const says of [
      /no table 'gone'/,
      /'t' has no column 'extra'/,
      /'must' of 't' is NOT NULL without a default/,
      /t\.a: 1 value for which there is no place: no integer/,
    ])
      assert.match(error.message, says);
  });

  it('takes the policies of a map for values without a place', () =>
    filled(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'abc'), (2, '5');`,
      async ({ask, outcome}) => {
        assert.is(await ask(all), '1|\n2|5');
        assert.is(outcome.accounts[0]?.taken[0]?.count, 1);
      },
      {
        before: 'CREATE TABLE t (id bigint PRIMARY KEY, a smallint)',
        isStrict: false,
        map: {defaults: {'on-odd': 'null'}},
      },
    ));

  it('#123308, #124135: foreign keys are looked at: an orphan fails the run, and nothing has changed', async () => {
    const error = await refused(
      `CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY, p INT REFERENCES p (id)); INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1), (2, 99);`,
      {
        before:
          'CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE t (id bigint PRIMARY KEY, p bigint REFERENCES p)',
      },
    );
    assert.is(error.exit, 7);
    assert.match(String((error.cause as Error).message), /violates foreign key constraint/);
  });

  it('#2222, #13110: a value twice in a column that is unique in the target fails the run, and nothing has changed', async () => {
    const error = await refused(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'x');`,
      {before: own},
    );
    assert.is(error.exit, 7);
    assert.match(String((error.cause as Error).message), /duplicate key value/);
  });

  it('#8753, #16040: a second run brings nothing twice', () =>
    filled(
      simple,
      async ({ask, outcome}) => {
        assert.is(outcome.filled?.[0]?.inserted, 0);
        assert.is(await ask(all), '1|one\n2|two\n3|three');
      },
      {
        onExisting: 'append',
        before: `${own} INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')`,
      },
    ));

  it('#22569: two tables do not go into one', async () => {
    const error = await refused(
      `${simple} CREATE TABLE u (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO u VALUES (1, 'again');`,
      {before: own, map: {tables: {u: {name: 't'}}}},
    );
    assert.is(error.exit, 2);
    assert.match(error.message, /'u' would go into 't' as another table does/);
  });

  it('#26465, #56128: sequences of empty tables stay where they are, others are never set back', () =>
    filled(
      `CREATE TABLE "T" (id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE u (id INTEGER PRIMARY KEY); INSERT INTO u VALUES (5);`,
      async ({ask}) => {
        assert.is(await ask(`INSERT INTO t (a) VALUES ('x') RETURNING id`), '1');
        assert.is(await ask('INSERT INTO u DEFAULT VALUES RETURNING id'), '1001');
      },
      {
        before: `CREATE TABLE t (id serial PRIMARY KEY, a text); CREATE TABLE u (id serial PRIMARY KEY); SELECT setval('u_id_seq', 1000)`,
      },
    ));

  it('#1607: bytes of SQLite’s own JSON are no jsonb, and named; texts of JSON are', async () => {
    const before = 'CREATE TABLE t (id bigint PRIMARY KEY, a jsonb)';
    const error = await refused(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, a JSON); INSERT INTO t VALUES (1, x'4c1761'), (2, '{"a":1}');`,
      {before},
    );
    assert.is(error.exit, 2);
    assert.match(error.message, /t\.a: 1 value for which there is no place: no jsonb/);
  });

  it('a text that is no UTF-8 has no place in a text column, and none becomes hex', async () => {
    const sql = `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, CAST(x'ff41' AS TEXT)), (2, 'é');`;
    const error = await refused(sql, {before: own});
    assert.match(error.message, /t\.a: 1 value for which there is no place: no text/);
    await filled(sql, async ({ask}) => assert.is(await ask(all), '1|\ufffdA\n2|é'), {
      before: own,
      map: {defaults: {'on-invalid': 'replace'}},
    });
  });

  it('#656: fills tables that refer to each other in a circle', () =>
    filled(
      `CREATE TABLE a (id INTEGER PRIMARY KEY, b INT); CREATE TABLE b (id INTEGER PRIMARY KEY, a INT); INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1);`,
      async ({ask}) => assert.is(await ask('SELECT * FROM a, b'), '1|1|1|1'),
      {
        before:
          'CREATE TABLE a (id bigint PRIMARY KEY, b bigint NOT NULL); CREATE TABLE b (id bigint PRIMARY KEY, a bigint NOT NULL REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b',
      },
    ));
}

it.run();

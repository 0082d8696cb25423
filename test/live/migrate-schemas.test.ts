/** Whole schemas, like those of well-known samples and of grown applications: exact, and ready for what comes next. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {askFile, makeSqlite, type Target, withMigrated} from '../support/migrated.ts';
import {startPostgres, type TestServer} from '../support/postgres.ts';
import {randomFrom} from '../support/random.ts';
import {has} from '../support/require.ts';

const it = suite('whole SQLite schemas');

/** A shop of music: keys of several columns, a table that refers to itself, NUMERIC(10,2), NVARCHAR. */
const music = `
CREATE TABLE [Artist] ([ArtistId] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, [Name] NVARCHAR(120));
CREATE TABLE [Album] ([AlbumId] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, [Title] NVARCHAR(160) NOT NULL, [ArtistId] INTEGER NOT NULL,
  FOREIGN KEY ([ArtistId]) REFERENCES [Artist] ([ArtistId]) ON DELETE NO ACTION ON UPDATE NO ACTION);
CREATE TABLE [Employee] ([EmployeeId] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, [LastName] NVARCHAR(20) NOT NULL, [ReportsTo] INTEGER, [BirthDate] DATETIME,
  FOREIGN KEY ([ReportsTo]) REFERENCES [Employee] ([EmployeeId]));
CREATE TABLE [Genre] ([GenreId] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, [Name] NVARCHAR(120));
CREATE TABLE [Track] ([TrackId] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, [Name] NVARCHAR(200) NOT NULL, [AlbumId] INTEGER, [GenreId] INTEGER,
  [Milliseconds] INTEGER NOT NULL, [Bytes] INTEGER, [UnitPrice] NUMERIC(10,2) NOT NULL,
  FOREIGN KEY ([AlbumId]) REFERENCES [Album] ([AlbumId]), FOREIGN KEY ([GenreId]) REFERENCES [Genre] ([GenreId]));
CREATE TABLE [Playlist] ([PlaylistId] INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, [Name] NVARCHAR(120));
CREATE TABLE [PlaylistTrack] ([PlaylistId] INTEGER NOT NULL, [TrackId] INTEGER NOT NULL, CONSTRAINT [PK_PlaylistTrack] PRIMARY KEY ([PlaylistId], [TrackId]),
  FOREIGN KEY ([PlaylistId]) REFERENCES [Playlist] ([PlaylistId]), FOREIGN KEY ([TrackId]) REFERENCES [Track] ([TrackId]));
CREATE INDEX [IFK_AlbumArtistId] ON [Album] ([ArtistId]);
CREATE INDEX [IFK_TrackAlbumId] ON [Track] ([AlbumId]);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) INSERT INTO Artist SELECT i, 'Artist ' || i FROM n;
INSERT INTO Album SELECT ArtistId, 'Für ' || Name, ArtistId FROM Artist;
INSERT INTO Employee VALUES (1, 'Adams', NULL, '1962-02-18 00:00:00'), (2, 'Edwards', 1, '1958-12-08 00:00:00');
INSERT INTO Genre VALUES (1, 'Rock'), (2, NULL);
INSERT INTO Track SELECT AlbumId, Title, AlbumId, 1 + AlbumId % 2, 1000 * AlbumId, NULL, 0.99 FROM Album;
INSERT INTO Playlist VALUES (1, 'Music'), (8, 'Movies'); INSERT INTO PlaylistTrack SELECT 1, TrackId FROM Track;`;

/** A trader: names with blanks, keys of text, blobs, truth values as texts, views over joins. */
const trade = `
CREATE TABLE Categories (CategoryID INTEGER PRIMARY KEY, CategoryName TEXT, Picture BLOB);
CREATE TABLE Customers (CustomerID TEXT NOT NULL, CompanyName TEXT, PRIMARY KEY (CustomerID));
CREATE TABLE Products (ProductID INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, ProductName TEXT NOT NULL, CategoryID INTEGER REFERENCES Categories (CategoryID),
  UnitPrice NUMERIC DEFAULT 0, UnitsInStock INTEGER DEFAULT 0, Discontinued TEXT NOT NULL DEFAULT '0', CHECK ([UnitPrice] >= (0)), CHECK ([UnitsInStock] >= (0)));
CREATE TABLE Orders (OrderID INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, CustomerID TEXT REFERENCES Customers (CustomerID), OrderDate DATETIME, Freight NUMERIC DEFAULT 0);
CREATE TABLE [Order Details] (OrderID INTEGER NOT NULL REFERENCES Orders, ProductID INTEGER NOT NULL REFERENCES Products, UnitPrice NUMERIC NOT NULL DEFAULT 0,
  Quantity INTEGER NOT NULL DEFAULT 1, Discount REAL NOT NULL DEFAULT 0, PRIMARY KEY (OrderID, ProductID), CHECK ([Discount] >= (0) AND [Discount] <= (1)), CHECK ([Quantity] > (0)));
CREATE VIEW [Order Subtotals] AS SELECT [Order Details].OrderID, Sum([Order Details].UnitPrice * Quantity) AS Subtotal FROM [Order Details] GROUP BY [Order Details].OrderID;
INSERT INTO Categories VALUES (1, 'Beverages', x'ffd8ff00'), (2, 'Confections', NULL);
INSERT INTO Customers VALUES ('ALFKI', 'Alfreds Futterkiste'), ('ÅNTON', 'Antonio Moreno Taquería');
INSERT INTO Products (ProductName, CategoryID, UnitPrice) VALUES ('Chai', 1, 18), ('Pavlova', 2, 17.45);
INSERT INTO Orders (OrderID, CustomerID, OrderDate, Freight) VALUES (10248, 'ALFKI', '2016-07-04', 32.38), (10249, 'ÅNTON', '2016-07-05', 11.61);
INSERT INTO [Order Details] VALUES (10248, 1, 14, 12, 0), (10248, 2, 9.8, 10, 0.15), (10249, 1, 18.6, 9, 0);`;

/** Views as people write them: what both engines answer is compared, a truth value as the number it is. */
const views = `
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, active BOOLEAN);
CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, score REAL, user_id INTEGER REFERENCES users, rank INTEGER);
CREATE VIEW two_columns AS SELECT title, score FROM posts ORDER BY score DESC LIMIT 2;
CREATE VIEW least AS SELECT id FROM posts ORDER BY rank, id LIMIT 2;
CREATE VIEW most AS SELECT id FROM posts ORDER BY (rank) DESC, id DESC LIMIT 3;
CREATE VIEW place_of_null AS SELECT id, row_number() OVER (ORDER BY rank) AS place FROM posts;
CREATE VIEW named (a, b) AS SELECT title, score FROM posts;
CREATE VIEW bare_alias AS SELECT u.name, count(*) AS n, avg(p.score) average FROM users u LEFT JOIN posts p ON p.user_id = u.id GROUP BY u.id HAVING count(*) > 0;
CREATE VIEW subquery AS SELECT total FROM (SELECT sum(score) AS total FROM posts) sums;
CREATE VIEW of_with AS WITH best AS (SELECT user_id, max(score) AS top FROM posts GROUP BY user_id) SELECT name, top FROM best JOIN users ON users.id = best.user_id;
CREATE VIEW truth AS SELECT name FROM users WHERE users.active = 1 AND active AND EXISTS (SELECT 1 FROM posts WHERE posts.user_id = users.id);
CREATE VIEW truths AS SELECT sum(u.active) AS n, sum(active) + 0 AS m FROM users u WHERE 0 < u.active OR active IN (0, 1);
CREATE VIEW places AS SELECT p.title, row_number() OVER (PARTITION BY user_id ORDER BY score DESC) AS place FROM posts p;
CREATE VIEW cases AS SELECT id, CASE WHEN score > 1 THEN 'high' ELSE 'low' END AS class FROM posts UNION ALL SELECT id, name FROM users;
CREATE VIEW of_views AS SELECT named.a FROM named, subquery WHERE named.a IN (SELECT title FROM two_columns);
INSERT INTO users VALUES (1, 'Ann', 1), (2, 'Bob', 0), (3, 'Cid', NULL);
INSERT INTO posts VALUES (1, 'a', 1.5, 1, 7), (2, 'b', 3.25, 1, NULL), (3, 'c', 0.5, 2, 5), (4, 'd', 0.25, 2, NULL);`;

/** A hundred tables in a web of references, each with a key that counts by itself. */
const web = (tables: number): string => {
  const random = randomFrom(7);
  const below = (limit: number) => Math.floor(random() * limit);
  const lines: string[] = ['PRAGMA foreign_keys = ON;'];
  for (let at = 0; at < tables; at += 1) {
    const parents = at === 0 ? [] : [below(at), below(at)];
    lines.push(
      `CREATE TABLE table_${at} (id INTEGER PRIMARY KEY, label TEXT NOT NULL DEFAULT 'new', created DATETIME DEFAULT CURRENT_TIMESTAMP${parents.map((parent, place) => `, parent_${place} INT REFERENCES table_${parent} (id)`).join('')});`,
      `CREATE INDEX index_${at} ON table_${at} (label);`,
      `INSERT INTO table_${at} VALUES (3, 'row of ${at}', '2020-01-02 03:04:05'${parents.map(() => ', 3').join('')});`,
    );
  }
  return lines.join('\n');
};

/** Every identity counts on: an INSERT of defaults works, or fails for what NOT NULL asks for alone. */
const countsOn = async ({ask}: Target) => {
  const tables = await ask(
    `SELECT format('INSERT INTO %I (%s) VALUES (%s) RETURNING 1', c.relname,
        coalesce(string_agg(quote_ident(a.attname), ', ') FILTER (WHERE a.attnotnull AND a.attidentity = '' AND NOT a.atthasdef), (SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = c.oid AND attidentity = '' AND attnum > 0 LIMIT 1)),
        coalesce(string_agg(CASE format_type(a.atttypid, NULL) WHEN 'bigint' THEN '1' WHEN 'numeric' THEN '1' ELSE '''x''' END, ', ') FILTER (WHERE a.attnotnull AND a.attidentity = '' AND NOT a.atthasdef), 'DEFAULT'))
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
     WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
       AND EXISTS (SELECT FROM pg_attribute i WHERE i.attrelid = c.oid AND i.attidentity <> '') GROUP BY c.oid, c.relname`,
  );
  const statements = tables.split('\n');
  const answers = await ask(`${statements.join(';\n')};`);
  assert.is(answers, statements.map(() => '1').join('\n'));
  return statements.length;
};

const isExact = async (target: Target, {told}: {told: number}) => {
  assert.is(target.outcome.notCarried.length, told, JSON.stringify(target.outcome.notCarried));
  assert.is(await target.ask(`SELECT count(*) FROM pg_constraint WHERE NOT convalidated`), '0');
};

if (has('postgres') && has('sqlite')) {
  let server: TestServer & {end(): Promise<void>};
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(async () => {
    await server?.end();
  });

  it('brings a shop of music', () =>
    withMigrated(server, music, async (target) => {
      await isExact(target, {told: 0});
      assert.is(
        await target.ask(
          `SELECT count(*), sum("UnitPrice"), min("Name") FROM "Track" JOIN "PlaylistTrack" USING ("TrackId")`,
        ),
        '50|49.50|Für Artist 1',
      );
      assert.is(await target.ask(`SELECT count(*) FROM pg_constraint WHERE contype = 'f'`), '6');
      assert.is(await countsOn(target), 6);
      assert.is(await target.ask(`SELECT max("PlaylistId") FROM "Playlist"`), '9');
    }));

  it('brings a trader with his views', () =>
    withMigrated(server, trade, async (target) => {
      await isExact(target, {told: 0});
      assert.is(
        await target.ask(`SELECT "OrderID", "Subtotal" FROM "Order Subtotals" ORDER BY 1`),
        '10248|266.0\n10249|167.4',
      );
      assert.is(
        await target.ask(
          `SELECT "OrderDate", encode("Picture", 'hex') FROM "Orders", "Categories" ORDER BY 1 LIMIT 1`,
        ),
        '2016-07-04|ffd8ff00',
      );
      assert.is(
        await target.ask(
          `SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace`,
        ),
        '4',
      );
      assert.is(await countsOn(target), 3);
    }));

  it('brings views, which answer as they did', () =>
    withMigrated(server, views, async (target) => {
      await isExact(target, {told: 0});
      const source = makeSqlite(target.project, views);
      const names = [...views.matchAll(/^CREATE VIEW (\w+)/gm)].map(([, name = '']) => name);
      assert.ok(names.length > 9);
      for (const name of names) {
        const sql = `SELECT * FROM ${name}`;
        const [found, wanted] = [await target.ask(sql), askFile(source, sql)];
        assert.equal(found.split('\n').sort(), wanted.split('\n').sort(), name);
      }
    }));

  it('tells what ON CONFLICT would do', () =>
    withMigrated(
      server,
      `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE ON CONFLICT REPLACE, b TEXT NOT NULL ON CONFLICT ignore, UNIQUE (b) ON CONFLICT ABORT);`,
      ({outcome}) =>
        assert.equal(
          outcome.notCarried.map(({kind, source}) => [kind, source]),
          [
            ['conflict clause', 'ON CONFLICT REPLACE'],
            ['conflict clause', 'ON CONFLICT IGNORE'],
          ],
        ),
    ));

  it('folds case in keys however the word for it is written', () =>
    withMigrated(
      server,
      `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE nocase UNIQUE, b TEXT);
       CREATE UNIQUE INDEX by_b ON t (b COLLATE NoCase); INSERT INTO t VALUES (1, 'Bob', 'Eve');`,
      async (target) => {
        await isExact(target, {told: 0});
        for (const columns of ["'BOB', 'x'", "'y', 'EVE'"])
          assert.match(
            await target.ask(`INSERT INTO t (a, b) VALUES (${columns})`).catch(String),
            /duplicate key/,
          );
      },
    ));

  it('brings a hundred tables that refer to each other', () =>
    withMigrated(server, web(100), async (target) => {
      await isExact(target, {told: 0});
      assert.is(
        await target.ask(
          "SELECT count(obj_description(oid, 'pg_class')) FROM pg_class WHERE relnamespace = 'public'::regnamespace",
        ),
        '0',
        'a comment belongs to the application',
      );
      assert.is(await target.ask(`SELECT count(*) FROM pg_constraint WHERE contype = 'f'`), '198');
      assert.is(
        await target.ask(`SELECT count(*) FROM pg_class WHERE relname LIKE 'index\\_%'`),
        '100',
      );
      assert.is(await countsOn(target), 100);
    }));
}

it.run();

-- A small shop with 20,000 rows, the same at every run: what `npm start` backs up.
CREATE ROLE shop_owner NOLOGIN;
CREATE ROLE shop_app LOGIN;
CREATE ROLE shop_reports LOGIN;
CREATE DATABASE shop OWNER shop_owner;
\connect shop
SET client_min_messages = warning;
SET ROLE shop_owner;

CREATE TYPE order_state AS ENUM ('open', 'paid', 'sent', 'returned');

CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE CHECK (email LIKE '%@%'),
  name text NOT NULL,
  address jsonb NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE products (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text NOT NULL,
  price numeric(10, 2) NOT NULL CHECK (price > 0),
  tags text[] NOT NULL DEFAULT '{}',
  details jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers,
  state order_state NOT NULL DEFAULT 'open',
  placed_at timestamptz NOT NULL
);

CREATE TABLE order_lines (
  order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  line integer NOT NULL,
  product_id bigint NOT NULL REFERENCES products,
  quantity integer NOT NULL CHECK (quantity > 0),
  price numeric(10, 2) NOT NULL,
  total numeric(12, 2) GENERATED ALWAYS AS (quantity * price) STORED,
  PRIMARY KEY (order_id, line)
);

CREATE SEQUENCE invoice_number START 2026001;

INSERT INTO customers (email, name, address, created_at)
SELECT format('customer%s@example.org', n),
  (ARRAY['Ada', 'Björn', 'Chloé', 'Dmitri', 'Emeka', '芳子'])[1 + n % 6] || ' ' || n,
  jsonb_build_object('city', (ARRAY['Lagos', 'Lyon', 'Kyoto', 'Quito'])[1 + n % 4], 'zip', to_char(n, 'FM00000')),
  timestamptz '2025-01-01 00:00Z' + n * interval '3 hours'
FROM generate_series(1, 2000) AS n;

INSERT INTO products (title, price, tags, details)
SELECT 'Product ' || n, 1 + (n * 37 % 9900) / 100.0,
  ARRAY[(ARRAY['new', 'sale', 'classic'])[1 + n % 3], (ARRAY['paper', 'wood', 'glass'])[1 + n % 3]],
  jsonb_build_object('weight', n * 13 % 900, 'in_stock', n % 7 > 0)
FROM generate_series(1, 500) AS n;

INSERT INTO orders (customer_id, state, placed_at)
SELECT 1 + n * 17 % 2000, (ARRAY['open', 'paid', 'sent', 'returned'])[1 + n % 4]::order_state,
  timestamptz '2025-06-01 08:00Z' + n * interval '47 minutes'
FROM generate_series(1, 5000) AS n;

INSERT INTO order_lines (order_id, line, product_id, quantity, price)
SELECT o, l, p.id, 1 + (o + l) % 5, p.price
FROM generate_series(1, 5000) AS o CROSS JOIN generate_series(1, 2 + o % 2) AS l
JOIN products p ON p.id = 1 + (o * 31 + l * 7) % 500;

ALTER SEQUENCE invoice_number RESTART 2030122;

CREATE INDEX orders_by_customer ON orders (customer_id, placed_at DESC);
CREATE INDEX open_orders ON orders (placed_at) WHERE state = 'open';
CREATE INDEX products_by_tag ON products USING gin (tags);

CREATE VIEW revenue_by_month AS
SELECT date_trunc('month', o.placed_at AT TIME ZONE 'UTC')::date AS month, sum(l.total) AS revenue
FROM orders o JOIN order_lines l ON l.order_id = o.id
WHERE o.state IN ('paid', 'sent')
GROUP BY 1;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO shop_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO shop_app;
GRANT SELECT ON revenue_by_month TO shop_reports;
COMMENT ON DATABASE shop IS 'sample data of pgkeep''s npm start';
ANALYZE;

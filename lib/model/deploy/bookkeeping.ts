/**
 * Tables in which migration tools keep what they have done. They tell of the database that they are in, and are never
 * brought from another: the target's own tool has filled its own.
 */
const tables = [
  ...['alembic_version', 'django_migrations', 'schema_migrations', 'ar_internal_metadata'],
  ...['knex_migrations', 'knex_migrations_lock', '_prisma_migrations', 'flyway_schema_history'],
  ...['goose_db_version', 'databasechangelog', 'databasechangeloglock', 'sequelizemeta'],
  ...[
    'typeorm_migrations',
    '__drizzle_migrations',
    '_sqlx_migrations',
    'phinxlog',
    'doctrine_migration_versions',
  ],
];

export const isBookkeeping = (table: string): boolean => tables.includes(table.toLowerCase());

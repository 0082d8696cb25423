/** The keys that describe the connection besides libpq's own PG* variables: one table for parsing and reference. */
export type ConnectionKey = {
  readonly key: string;
  readonly summary: string;
  readonly example: string;
  /** Never printed, and readable from the file that `<key>_FILE` names. */
  readonly isSecret?: boolean;
};

const exampleUrl = 'postgres://app:secret@db.example.com:5432/app?sslmode=verify-full';

export const connectionTable: readonly ConnectionKey[] = [
  {
    key: 'DATABASE_URL',
    summary: 'the database, as a libpq URI',
    example: exampleUrl,
    isSecret: true,
  },
  {
    key: 'POSTGRES_URL',
    summary: 'the same, under another name',
    example: exampleUrl,
    isSecret: true,
  },
  {
    key: 'DATABASE__URL',
    summary: 'the same, as SQLAlchemy applications call it',
    example: 'postgresql+asyncpg://app:secret@db.example.com/app',
    isSecret: true,
  },
  {
    key: 'DB_HOST',
    summary: 'host or socket folder, where no URL is given',
    example: 'db.example.com',
  },
  {key: 'DB_PORT', summary: 'port', example: '5432'},
  {key: 'DB_USER', summary: 'role', example: 'app'},
  {key: 'DB_PASSWORD', summary: 'password of the role', example: 'secret', isSecret: true},
  {key: 'DB_NAME', summary: 'database', example: 'app'},
  {key: 'POSTGRES_SSL_MODE', summary: 'sslmode of the connection', example: 'verify-full'},
  {
    key: 'REDIS_URL',
    summary: 'the Redis to migrate from, where no SQLite is configured',
    example: 'redis://:secret@db.example.com:6379/0',
    isSecret: true,
  },
];

/** Keys that are read to notice an application that is still on another database. */
export const otherDatabaseKeys = ['DB_TYPE', 'DATABASE_TYPE', 'DB_PATH'] as const;

/** Every key whose value is a secret. */
export const secretKeys: readonly string[] = [
  ...connectionTable.filter(({isSecret}) => isSecret).map(({key}) => key),
  'PGPASSWORD',
];

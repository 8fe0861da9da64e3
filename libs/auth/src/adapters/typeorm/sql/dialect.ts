import type { DataSource } from 'typeorm';
import { AuthConfigurationError } from '../../../core/errors/auth-configuration.error.js';

/** The three families of SQL that the adapter speaks. MariaDB is of MySQL's. */
export type Dialect = 'postgres' | 'mysql' | 'sqlite';

const DIALECTS: Readonly<Record<string, Dialect>> = {
  postgres: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
  'better-sqlite3': 'sqlite',
  sqlite: 'sqlite',
};

/** @throws AuthConfigurationError for a database that the adapter does not speak */
export function dialectOf({ options }: DataSource): Dialect {
  const dialect = DIALECTS[options.type];
  if (dialect !== undefined) return dialect;
  throw new AuthConfigurationError([
    {
      option: 'storage',
      problem: `TypeOrmStorage does not work on "${options.type}".`,
      remedy: 'Use PostgreSQL, MySQL, MariaDB or SQLite, or provide the storage ports yourself.',
    },
  ]);
}

/** The database's clock, milliseconds since the epoch, as an SQL expression. */
export const DATABASE_NOW: Readonly<Record<Dialect, string>> = {
  // now() is the start of the transaction, which would date revocations back; clock_timestamp() is volatile, which rules out the index.
  postgres: 'CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS bigint)',
  // From UTC on both sides, so that the session's time zone and its summer time do not matter.
  mysql: "TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000",
  // unixepoch('subsec') needs SQLite 3.42. 2440587.5 is the Julian day of the epoch.
  sqlite: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
};

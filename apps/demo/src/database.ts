import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import libsql from 'libsql';
import { authMigrations } from 'nestjs-latchkey/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { AddUserPlan1795000100000 } from './add-user-plan.migration.js';
import type { DatabaseSettings } from './database-settings.js';

/** A start should fail soon rather than hang; milliseconds. */
const CONNECT_TIMEOUT = 5_000;

const MIGRATIONS = [...authMigrations, AddUserPlan1795000100000];

export function databaseOptions(database: DatabaseSettings): DataSourceOptions {
  switch (database.kind) {
    case 'sqlite':
      if (database.file !== ':memory:') mkdirSync(dirname(database.file), { recursive: true, mode: 0o700 });
      // libsql has the API of better-sqlite3 and brings its binaries along.
      return { type: 'better-sqlite3', driver: libsql, database: database.file, migrations: MIGRATIONS };
    case 'postgres':
      return { type: 'postgres', url: database.url, connectTimeoutMS: CONNECT_TIMEOUT, migrations: MIGRATIONS };
    case 'mysql':
    case 'mariadb':
      return { type: database.kind, url: database.url, connectTimeout: CONNECT_TIMEOUT, timezone: 'Z', migrations: MIGRATIONS };
  }
}

/** TypeORM does not keep processes that start at the same time from migrating at the same time. */
const TURNS: Record<DatabaseSettings['kind'], { take: readonly string[]; give: string }> = {
  postgres: { take: ['SELECT pg_advisory_lock(1795000100)'], give: 'SELECT pg_advisory_unlock(1795000100)' },
  mysql: { take: ["SELECT GET_LOCK('latchkey-demo', 60)"], give: "SELECT RELEASE_LOCK('latchkey-demo')" },
  mariadb: { take: ["SELECT GET_LOCK('latchkey-demo', 60)"], give: "SELECT RELEASE_LOCK('latchkey-demo')" },
  // Its one lock is that of whoever writes.
  sqlite: { take: ['PRAGMA busy_timeout = 10000', 'BEGIN IMMEDIATE'], give: 'COMMIT' },
};

/** Connects and brings the tables up to date. */
export async function connectAndMigrate(options: DataSourceOptions, kind: DatabaseSettings['kind']): Promise<DataSource> {
  const dataSource = await new DataSource(options).initialize();
  const { take, give } = TURNS[kind];
  const runner = dataSource.createQueryRunner();
  try {
    for (const statement of take) await runner.query(statement);
    // On SQLite the turn is a transaction already.
    await dataSource.runMigrations({ transaction: kind === 'sqlite' ? 'none' : 'all' });
    await runner.query(give);
  } finally {
    await runner.release();
  }
  return dataSource;
}

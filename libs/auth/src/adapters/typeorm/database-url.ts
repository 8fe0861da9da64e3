import { fileURLToPath } from 'node:url';
import type { DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';

/** Where a database is, as one string of the environment says it. */
export type DatabaseAddress = { type: 'postgres' | 'mysql' | 'mariadb'; url: string } | { type: 'sqlite'; file: string };

/** Milliseconds until a server that does not answer is given up. */
const CONNECT_TIMEOUT = 5_000;

/** Each has the API that TypeORM's `better-sqlite3` expects; libsql brings its binaries along. */
const SQLITE_DRIVERS = ['libsql', 'better-sqlite3'];

/**
 * Reads `postgres://…`, `mysql://…`, `mariadb://…`, `sqlite:<path>`, `file:…` or the path of a SQLite file.
 * `null` for the scheme of another database.
 */
export function databaseAddressOf(url: string): DatabaseAddress | null {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return { type: 'sqlite', file: url };
    case 'postgres':
    case 'postgresql':
      return { type: 'postgres', url };
    case 'mysql':
    case 'mariadb':
      return { type: scheme, url };
    case 'sqlite':
      return { type: 'sqlite', file: url.replace(/^sqlite:(\/\/)?/i, '') };
    case 'file':
      return { type: 'sqlite', file: url.startsWith('file://') ? fileURLToPath(url) : url.slice('file:'.length) };
    default:
      return null;
  }
}

/**
 * A module with a data source for this database, whose tables are left as they are.
 *
 * @throws Error as {@link dataSourceOptionsFor}; drivers of servers are missed when the module starts
 */
export async function dataSourceModuleFor(address: DatabaseAddress): Promise<DynamicModule> {
  const options = await dataSourceOptionsFor(address);
  return TypeOrmModule.forRoot({ ...options, autoLoadEntities: true, retryAttempts: 0 });
}

/** Options of a data source for this database, which does nothing to its tables by itself. @throws Error when no driver for SQLite is installed */
export async function dataSourceOptionsFor(address: DatabaseAddress): Promise<DataSourceOptions> {
  const common = { synchronize: false, migrationsRun: false } as const;
  if (address.type === 'sqlite') {
    return { ...common, type: 'better-sqlite3', driver: await sqliteDriver(), database: address.file };
  }
  const { type, url } = address;
  if (type === 'postgres') return { ...common, type, url, connectTimeoutMS: CONNECT_TIMEOUT };
  return { ...common, type, url, connectTimeout: CONNECT_TIMEOUT };
}

async function sqliteDriver(): Promise<unknown> {
  for (const name of SQLITE_DRIVERS) {
    try {
      const loaded = (await import(name)) as { default?: unknown };
      return loaded.default ?? loaded;
    } catch (error) {
      if (!/^(ERR_)?MODULE_NOT_FOUND$/.test((error as { code?: string }).code ?? '')) throw error;
    }
  }
  throw new Error(`There is no driver for SQLite. Install one: npm install ${SQLITE_DRIVERS[0]}`);
}

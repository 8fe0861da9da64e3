import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import libsql from 'libsql';
import type { DataSourceOptions } from 'typeorm';
import { describe } from 'vitest';
import { databaseName, dropDatabase } from './database-names.js';
import { administer } from './service-probes.js';
import { has, notRun, services, serviceUrl } from './services.js';

export type SqlDatabaseKind = 'sqlite' | 'postgres' | 'mariadb';
export type DatabaseKind = SqlDatabaseKind | 'memory';

/** An empty database that only the caller uses. */
export interface SqlTestDatabase {
  readonly kind: SqlDatabaseKind;
  /** As the demo's `DATABASE_URL` takes it. */
  readonly url: string;
  /** Spread into `TypeOrmModule.forRoot` or `new DataSource`, together with entities and migrations. */
  readonly typeOrmOptions: DataSourceOptions;
  drop(): Promise<void>;
}

export interface MemoryTestDatabase {
  readonly kind: 'memory';
  readonly url: '';
  readonly typeOrmOptions: undefined;
  drop(): Promise<void>;
}

export const SQL_DATABASES: readonly SqlDatabaseKind[] = ['sqlite', 'postgres', 'mariadb'];

/** Those whose server is there; suites rather use {@link describeEachDatabase}, which also says what is missing. */
export const availableDatabases = (): SqlDatabaseKind[] => SQL_DATABASES.filter((kind) => kind === 'sqlite' || has(kind));

export function createDatabase(kind: SqlDatabaseKind): Promise<SqlTestDatabase>;
export function createDatabase(kind: DatabaseKind): Promise<SqlTestDatabase | MemoryTestDatabase>;
export async function createDatabase(kind: DatabaseKind): Promise<SqlTestDatabase | MemoryTestDatabase> {
  switch (kind) {
    case 'memory':
      return { kind, url: '', typeOrmOptions: undefined, drop: async () => undefined };
    case 'sqlite':
      return createSqlite();
    case 'postgres':
    case 'mariadb':
      return createOnServer(kind);
  }
}

/**
 * Runs `suite` once per kind of database, named `<name> on <kind>`.
 * Kinds whose server is missing appear as one line that says so.
 */
export function describeEachDatabase(
  name: string,
  suite: (kind: SqlDatabaseKind) => void,
  kinds: readonly SqlDatabaseKind[] = SQL_DATABASES,
): void {
  for (const kind of kinds) {
    if (kind === 'sqlite' || has(kind)) describe(`${name} on ${kind}`, () => suite(kind));
    else notRun(`${name} on ${kind}`, [kind]);
  }
}

/** A file rather than `:memory:`, because processes and connections share it. */
async function createSqlite(): Promise<SqlTestDatabase> {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-sqlite-'));
  const file = join(directory, 'test.sqlite');
  return {
    kind: 'sqlite',
    url: `sqlite:${file}`,
    // libsql has the API of better-sqlite3 and brings its binaries along.
    typeOrmOptions: { type: 'better-sqlite3', driver: libsql, database: file },
    drop: async () => rmSync(directory, { recursive: true, force: true }),
  };
}

async function createOnServer(kind: 'postgres' | 'mariadb'): Promise<SqlTestDatabase> {
  const adminUrl = serviceUrl(kind);
  const name = databaseName(services().runId);
  const quoted = kind === 'postgres' ? `"${name}"` : `\`${name}\` CHARACTER SET utf8mb4`;
  await administer(kind, adminUrl, [`CREATE DATABASE ${quoted}`]);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    kind,
    url: url.href,
    typeOrmOptions: { type: kind, url: url.href },
    drop: () => dropDatabase(kind, adminUrl, name),
  };
}

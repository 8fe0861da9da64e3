import { describe, expect, it } from 'vitest';
import { StoreUnavailableException } from '../../core/errors/auth.errors.js';
import type { AuthDatabase } from './auth-database.js';
import { authMigrations } from './migrations/auth-migrations.js';
import { TypeOrmStorageInspector } from './typeorm.storage-inspector.js';
import type { TypeOrmSchemaCheck } from './typeorm-schema-check.js';
import type { UserTable } from './user-table.js';

/** Of a database that answers everything but what has run, which ends so. */
function inspector(failure: Error): TypeOrmStorageInspector {
  const database = {
    dialect: 'postgres',
    dataSource: {
      options: { type: 'postgres' },
      driver: { buildTableName: (name: string) => name },
      migrations: authMigrations.map(({ name }) => ({ name })),
    },
    escapePath: (path: string) => path,
    rows: async (build: () => string) => {
      if (build().startsWith('SELECT name')) throw failure;
      return [{ now: 0 }];
    },
  };
  const users = { idCollation: async () => null };
  return new TypeOrmStorageInspector(
    database as unknown as AuthDatabase,
    users as unknown as UserTable,
    { faults: async () => [] } as unknown as TypeOrmSchemaCheck,
  );
}

describe('which migrations are pending', () => {
  it('is all of them where the table that names them is missing', async () => {
    const { pendingMigrations } = await inspector(new Error('relation "migrations" does not exist')).facts(() => 0);

    expect(pendingMigrations).toEqual(authMigrations.map(({ name }) => name));
  });

  it('is not known while the database does not answer', async () => {
    await expect(inspector(new StoreUnavailableException()).facts(() => 0)).rejects.toThrow(StoreUnavailableException);
  });
});

import type { Type } from '@nestjs/common';
import { BeforeInsert, Column, Entity, type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { authEntities } from '../../libs/auth/src/adapters/typeorm/entities/auth-entities.js';
import { LatchkeyUser } from '../../libs/auth/src/adapters/typeorm/entities/latchkey-user.entity.js';
import { authMigrations, authSideMigrations } from '../../libs/auth/src/adapters/typeorm/migrations/auth-migrations.js';
import { TypeOrmSchemaCheck } from '../../libs/auth/src/adapters/typeorm/typeorm-schema-check.js';
import type { AuthConfigurationError } from '../../libs/auth/src/core/errors/auth-configuration.error.js';
import type { AuthUser } from '../../libs/auth/src/core/ports/user.repository.js';
import { describeEachDatabase } from '../support/databases.js';
import { openStorage, type StorageHarnessOptions } from './storage-harness.js';

@Entity('customers')
class Customer extends LatchkeyUser {
  @Column({ type: 'varchar', length: 20 })
  plan: string;

  @Column({ type: 'varchar', length: 20, default: 'de' })
  country: string;

  @Column({ type: 'varchar', length: 20 })
  source = 'web';

  @Column({ type: 'varchar', length: 20 })
  slug: string;

  @BeforeInsert()
  protected makeSlug(): void {
    this.slug = this.email.split('@')[0]!;
  }
}

/** A migration that runs statements after the library's own. */
function afterwards(...statements: readonly ((runner: QueryRunner) => Promise<unknown>)[]): Type<MigrationInterface> {
  return class Afterwards1800000000000 implements MigrationInterface {
    name = 'Afterwards1800000000000';
    async up(runner: QueryRunner): Promise<void> {
      for (const statement of statements) await statement(runner);
    }
    async down(): Promise<void> {}
  };
}

const indexOf = async (runner: QueryRunner, table: string, columns: string[]): Promise<string> => {
  const found = (await runner.getTable(table))!.indices.find((index) => index.columnNames.join() === columns.join());
  return found!.name!;
};

/** `autoLoadEntities` of @nestjs/typeorm remembers the entities of every application of the process. */
const onlyOurs = { autoLoadEntities: false, entities: [...authEntities] } as StorageHarnessOptions['typeOrm'];

const createCustomers = async (runner: QueryRunner): Promise<void> =>
  runner.createTable(Table.create(runner.connection.getMetadata(Customer), runner.connection.driver), true);

describeEachDatabase('the schema check', (kind) => {
  const problemsOf = async (options: StorageHarnessOptions): Promise<string> => {
    const storage = await openStorage(kind, options).catch((error: AuthConfigurationError) => error);
    if (storage instanceof Error) return storage.message;
    try {
      const faults = await storage.module.get(TypeOrmSchemaCheck, { strict: false }).faults();
      return [`(${faults.length})`, ...faults.map(({ problem, remedy }) => `${problem} ${remedy}`)].join('\n');
    } finally {
      await storage.close();
    }
  };

  it('names every missing table and what to do', async () => {
    const message = await problemsOf({ migrations: [] });
    for (const table of [
      'auth_user',
      'auth_session',
      'auth_one_time_token',
      'auth_attempt',
      'auth_role',
      'auth_audit',
      'auth_revocation',
      'auth_outbox',
      'auth_invitation',
      'auth_lease',
    ]) {
      expect(message).toContain(`There is no table ${table}.`);
    }
    expect(message).toContain('authMigrations');
  });

  it('names a missing column and a missing unique index', async () => {
    const message = await problemsOf({
      migrations: [
        ...authMigrations,
        afterwards(
          (runner) => runner.dropColumn('auth_session', 'seed'),
          async (runner) => runner.dropIndex('auth_user', await indexOf(runner, 'auth_user', ['email'])),
          async (runner) =>
            runner.dropIndex('auth_one_time_token', await indexOf(runner, 'auth_one_time_token', ['purpose', 'subject'])),
          async (runner) => runner.dropIndex('auth_session', await indexOf(runner, 'auth_session', ['user_id'])),
        ),
      ],
    });
    expect(message).toContain('Table auth_session has no column seed.');
    expect(message).toContain('Table auth_user has no unique index on (email).');
    expect(message).toContain('Table auth_one_time_token has no unique index on (purpose, subject).');
    expect(message).toContain('Table auth_session has no index on (user_id).');
    expect(message).toContain('(4)');
  });

  it('refuses addresses in a collation that takes different ones for equal', async () => {
    const statements = {
      postgres: [
        `CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false)`,
        `ALTER TABLE auth_user ALTER COLUMN email TYPE varchar(320) COLLATE blind`,
      ],
      mariadb: [`ALTER TABLE auth_user MODIFY email varchar(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL`],
      sqlite: [`DROP INDEX "%index%"`, `CREATE UNIQUE INDEX "blind" ON auth_user (email COLLATE NOCASE)`],
    }[kind];
    const message = await problemsOf({
      migrations: [
        ...authMigrations,
        afterwards(async (runner) => {
          const index = await indexOf(runner, 'auth_user', ['email']);
          for (const sql of statements) await runner.query(sql.replace('%index%', index));
        }),
      ],
    });
    expect(message).toMatch(/email.*(general_ci|different texts for equal)/);
    expect(message).toContain('(1)');
  });

  it('passes on what the migrations make, quickly', async () => {
    const storage = await openStorage(kind);
    try {
      const check = storage.module.get(TypeOrmSchemaCheck, { strict: false });
      const start = performance.now();
      expect(await check.faults()).toEqual([]);
      expect(performance.now() - start).toBeLessThan(2_000);
    } finally {
      await storage.close();
    }
  });

  it('passes with a prefix for every table', async () => {
    const storage = await openStorage(kind, { typeOrm: { ...onlyOurs, entityPrefix: 'app_' } });
    try {
      expect(await storage.dataSource!.query('SELECT COUNT(*) AS n FROM app_auth_session')).toHaveLength(1);
      const log = await storage.dataSource!.driver.createSchemaBuilder().log();
      expect(log.upQueries.map(({ query }) => query)).toEqual([]);
    } finally {
      await storage.close();
    }
  });

  if (kind === 'postgres')
    it('passes in a schema of its own', async () => {
      const options = { ...onlyOurs, schema: 'separate' } as StorageHarnessOptions['typeOrm'];
      const storage = await openStorage(kind, { before: ['CREATE SCHEMA separate'], typeOrm: options });
      try {
        expect(await storage.dataSource!.query('SELECT COUNT(*) AS n FROM separate.auth_session')).toHaveLength(1);
        expect(await storage.sessions.findState('none')).toBeNull();
      } finally {
        await storage.close();
      }
    });

  it('leaves nothing for a generated migration to change, and can be undone', async () => {
    const storage = await openStorage(kind, { typeOrm: onlyOurs });
    try {
      const { dataSource } = storage;
      expect((await dataSource!.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query)).toEqual([]);
      for (const _ of authMigrations) await dataSource!.undoLastMigration();
      const check = storage.module.get(TypeOrmSchemaCheck, { strict: false });
      expect((await check.faults()).filter(({ problem }) => problem.startsWith('There is no table'))).toHaveLength(
        authEntities.length,
      );
    } finally {
      await storage.close();
    }
  });

  it('finds the columns that nothing fills', async () => {
    const makeEmailExact = async (runner: QueryRunner): Promise<unknown> =>
      kind === 'mariadb'
        ? runner.query('ALTER TABLE customers MODIFY email varchar(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL')
        : undefined;
    const unknownToEntity = (runner: QueryRunner): Promise<unknown> =>
      runner.query(
        kind === 'sqlite'
          ? `CREATE TABLE unused (id integer)`
          : 'ALTER TABLE customers ADD COLUMN legacy_code varchar(10) NOT NULL',
      );
    const storage = await openStorage(kind, {
      userEntity: Customer as unknown as Type<AuthUser>,
      migrations: [...authSideMigrations, afterwards(createCustomers, makeEmailExact, unknownToEntity)],
    });
    try {
      const check = storage.module.get(TypeOrmSchemaCheck, { strict: false });
      const legacy = kind === 'sqlite' ? [] : ['legacy_code'];
      expect(await check.unfilledColumns([])).toEqual(['plan', ...legacy]);
      expect(await check.unfilledColumns(['plan'])).toEqual(legacy);
    } finally {
      await storage.close();
    }
  });

  it('says what to do when the data source does not know the entities', async () => {
    expect(await problemsOf({ typeOrm: { autoLoadEntities: false, migrationsRun: false } as never })).toContain('autoLoadEntities');
  });
});

describe('a user entity that is no account', () => {
  @Entity('strangers')
  class Stranger {
    @Column({ primary: true, type: 'varchar', length: 36 })
    key: string;
  }

  it('stops the boot with its name', async () => {
    const storage = openStorage('sqlite', { userEntity: Stranger as never, migrations: authSideMigrations });
    await expect(storage).rejects.toThrow(/Entity Stranger has no column "email"/);
  });
});

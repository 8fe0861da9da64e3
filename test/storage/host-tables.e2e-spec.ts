import { randomUUID } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { Column, DeleteDateColumn, Entity, PrimaryColumn, PrimaryGeneratedColumn, type QueryRunner, Table } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LatchkeyAccount } from '../../libs/auth/src/adapters/typeorm/entities/latchkey-account.entity.js';
import { LatchkeyUser } from '../../libs/auth/src/adapters/typeorm/entities/latchkey-user.entity.js';
import { OverrideColumn } from '../../libs/auth/src/adapters/typeorm/entities/override-column.decorator.js';
import { authSideMigrations } from '../../libs/auth/src/adapters/typeorm/migrations/auth-migrations.js';
import type { AuthUser } from '../../libs/auth/src/core/ports/user.repository.js';
import { describeSessionRepository } from '../../libs/auth/src/testing/conformance/session-repository.conformance.js';
import { describeUserRepository } from '../../libs/auth/src/testing/conformance/user-repository.conformance.js';
import { describeEachDatabase, SQL_DATABASES, type SqlDatabaseKind } from '../support/databases.js';
import { openStorage, type StorageHarness } from './storage-harness.js';

/** A table that was there before: integer ids, an address under another name, columns of its own. */
@Entity('members')
class Member extends LatchkeyAccount {
  @PrimaryGeneratedColumn()
  id: number;

  @OverrideColumn({ name: 'email_address', length: 200 })
  declare email: string;

  @Column({ type: 'varchar', length: 20, default: 'free' })
  plan: string;
}

@Entity('big_members')
class BigMember extends LatchkeyAccount {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id: string;
}

@Entity('uuid_members')
class UuidMember extends LatchkeyAccount {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @DeleteDateColumn({ name: 'deleted_at' })
  deletedAt: Date | null;
}

/** Ids of text in a collation of the host's: case-blind on MariaDB. */
@Entity('text_members')
class TextMember extends LatchkeyUser {
  @PrimaryColumn({ type: 'varchar', length: 36, name: 'id' })
  declare id: string;
}

/** Creates a table as its entity says, as a host's own migration would, and makes the address comparable on MariaDB. */
function migrationFor(entity: Type, kind: SqlDatabaseKind): Type {
  const migration = class {
    name = `Create${entity.name}1700000000000`;
    async up(runner: QueryRunner): Promise<void> {
      const metadata = runner.connection.getMetadata(entity);
      await runner.createTable(Table.create(metadata, runner.connection.driver), true);
      if (kind !== 'mariadb') return;
      const email = metadata.findColumnWithPropertyName('email')!;
      await runner.query(
        `ALTER TABLE ${metadata.tableName} MODIFY ${email.databaseName} varchar(${email.length}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL`,
      );
    }
    async down(): Promise<void> {
      throw new Error('not needed');
    }
  };
  Object.defineProperty(migration, 'name', { value: `Create${entity.name}1700000000000` });
  return migration;
}

const plan: Readonly<Record<SqlDatabaseKind, (sql: string) => string>> = {
  sqlite: (sql) => `EXPLAIN QUERY PLAN ${sql}`,
  postgres: (sql) => `EXPLAIN ${sql}`,
  mariadb: (sql) => `EXPLAIN ${sql}`,
};

describe.each([
  { name: 'integer', entity: Member },
  { name: 'bigint', entity: BigMember },
  { name: 'uuid', entity: UuidMember },
  { name: 'text', entity: TextMember },
])("a host's own table with $name ids", ({ name, entity }) => {
  // TypeORM cannot create a generated bigint on SQLite, where every integer has 64 bits.
  const kinds = SQL_DATABASES.filter((kind) => name !== 'bigint' || kind !== 'sqlite');
  const suite = (kind: SqlDatabaseKind): void => {
    let storage: StorageHarness;
    const userEntity = entity as unknown as Type<AuthUser>;
    beforeAll(async () => {
      storage = await openStorage(kind, { userEntity, migrations: [migrationFor(entity, kind), ...authSideMigrations] });
    });
    afterAll(() => storage.close());

    describeUserRepository(() => storage.users);
    describeSessionRepository(() => ({ repository: storage.sessions, users: storage.users }));

    it('creates no auth_user', async () => {
      expect(storage.dataSource!.entityMetadatas.some(({ tableName }) => tableName === 'auth_user')).toBe(false);
    });

    it("finds a session's owner by the primary key", async () => {
      const { dataSource, users, sessions } = storage;
      const many = Array.from({ length: 300 }, (_, i) => ({
        ...(name === 'text' ? { id: randomUUID() } : {}),
        email: `crowd-${i}@example.com`,
        disabledAt: null,
      }));
      await dataSource!
        .createQueryBuilder()
        .insert()
        .into(entity)
        .values(many as never)
        .execute();
      const captured: { sql: string; parameters: unknown[] }[] = [];
      const logQuery = dataSource!.logger.logQuery.bind(dataSource!.logger);
      dataSource!.logger.logQuery = (sql, parameters) => void captured.push({ sql, parameters: (parameters ?? []) as unknown[] });
      const user = (await users.list({ limit: 1 }))[0]!;
      await sessions.findState('none');
      await users.findByIdWithPassword(String(user.id));
      dataSource!.logger.logQuery = logQuery;
      const statements = captured.filter(({ sql }) => sql.includes('JOIN') || sql.includes('u_roles'));
      expect(statements).toHaveLength(2);
      for (const { sql, parameters } of statements) {
        const runner = dataSource!.createQueryRunner();
        // The tables are small: what counts is that no index is ruled out.
        if (kind === 'postgres') await runner.query('SET enable_seqscan = off');
        const text = JSON.stringify(await runner.query(plan[kind](sql), parameters));
        if (kind === 'postgres') await runner.query('RESET enable_seqscan');
        await runner.release();
        if (kind === 'postgres') expect(text).not.toContain('Seq Scan');
        if (kind === 'sqlite') expect(text).not.toMatch(/SCAN (u|g|s)\b/);
        if (kind === 'mariadb') expect(text).not.toContain('"type":"ALL"');
      }
    });
  };
  describeEachDatabase('works', suite, kinds);
});

describeEachDatabase("a host's own columns", (kind) => {
  let storage: StorageHarness;
  beforeAll(async () => {
    storage = await openStorage(kind, {
      userEntity: Member as unknown as Type<AuthUser>,
      migrations: [migrationFor(Member, kind), ...authSideMigrations],
    });
  });
  afterAll(() => storage.close());

  const newUser = (profile: Record<string, unknown>) => ({
    email: `${randomUUID()}@example.com`,
    passwordHash: 'h',
    emailConfirmedAt: null,
    createdAt: new Date(),
    profile,
  });

  it('are filled by their default or by the profile, and come back as the entity', async () => {
    const free = (await storage.users.insert(newUser({}))) as Member;
    const paid = (await storage.users.insert(newUser({ plan: 'paid' }))) as Member;
    expect([free.plan, paid.plan]).toEqual(['free', 'paid']);
    expect(free).toBeInstanceOf(Member);
    expect(typeof free.id).toBe('number');
    const found = (await storage.users.findById(String(paid.id))) as Member;
    expect(found).toBeInstanceOf(Member);
    expect(found.plan).toBe('paid');
    expect(((await storage.users.updateProfile(String(paid.id), { plan: 'gold' })) as Member).plan).toBe('gold');
  });

  it('cannot be used to set what belongs to the library', async () => {
    const user = await storage.users.insert(newUser({ credentialsVersion: 9, disabledAt: new Date(), email: 'other@example.com' }));
    expect(user.credentialsVersion).toBe(1);
    expect(user.disabledAt).toBeNull();
    expect(user.email).not.toBe('other@example.com');
  });
});

describeEachDatabase('accounts that the host deletes softly', (kind) => {
  let storage: StorageHarness;
  beforeAll(async () => {
    storage = await openStorage(kind, {
      userEntity: UuidMember as unknown as Type<AuthUser>,
      migrations: [migrationFor(UuidMember, kind), ...authSideMigrations],
    });
  });
  afterAll(() => storage.close());

  it('are gone', async () => {
    const { users, dataSource } = storage;
    const user = await users.insert({
      email: 'gone@example.com',
      passwordHash: 'h',
      emailConfirmedAt: null,
      createdAt: new Date(),
      profile: {},
    });
    await dataSource!.getRepository(UuidMember).softDelete({ id: String(user.id) });
    expect(await users.findById(String(user.id))).toBeNull();
    expect(await users.findByEmailWithPassword('gone@example.com')).toBeNull();
    expect(await users.replacePassword(String(user.id), { passwordHash: 'x' })).toBeNull();
    expect(await users.setDisabled(String(user.id), null)).toBe(false);
  });
});

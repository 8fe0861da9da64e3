import { DataSource, type DataSourceOptions } from 'typeorm';
import type { Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DatabaseKind } from '../support/databases.js';
import { createDatabase } from '../support/databases.js';
import { AuthDatabase } from '../../libs/auth/src/adapters/typeorm/auth-database.js';
import { authMigrations } from '../../libs/auth/src/adapters/typeorm/migrations/auth-migrations.js';
import { TypeOrmStorage } from '../../libs/auth/src/adapters/typeorm/typeorm-storage.module.js';
import { AttemptRepository } from '../../libs/auth/src/core/ports/attempt.repository.js';
import { AuditLog } from '../../libs/auth/src/core/ports/audit-log.js';
import { LeaseRepository } from '../../libs/auth/src/core/ports/lease.repository.js';
import { OneTimeTokenRepository } from '../../libs/auth/src/core/ports/one-time-token.repository.js';
import { Outbox } from '../../libs/auth/src/core/ports/outbox.js';
import { RevocationLog } from '../../libs/auth/src/core/ports/revocation-log.js';
import { RoleRepository } from '../../libs/auth/src/core/ports/role.repository.js';
import { SessionRepository } from '../../libs/auth/src/core/ports/session.repository.js';
import { UnitOfWork } from '../../libs/auth/src/core/ports/unit-of-work.js';
import { type AuthUser, UserRepository } from '../../libs/auth/src/core/ports/user.repository.js';
import { InvitationRepository } from '../../libs/auth/src/features/invitation/invitation.ports.js';
import { MemoryStorage } from '../../libs/auth/src/testing/memory-storage/memory-storage.module.js';

/** Every storage port of one empty store. */
export interface StorageHarness {
  module: TestingModule;
  units: UnitOfWork;
  users: UserRepository;
  sessions: SessionRepository;
  tokens: OneTimeTokenRepository;
  attempts: AttemptRepository;
  roles: RoleRepository;
  audit: AuditLog;
  revocations: RevocationLog;
  outbox: Outbox;
  invitations: InvitationRepository;
  leases: LeaseRepository;
  /** `undefined` in memory. */
  dataSource: DataSource | undefined;
  /** `undefined` in memory. */
  database: AuthDatabase | undefined;
  close(): Promise<void>;
}

export interface StorageHarnessOptions {
  userEntity?: Type<AuthUser>;
  migrations?: DataSourceOptions['migrations'];
  /** Statements for the empty database, before the application boots. */
  before?: readonly string[];
  /** Merged into the data source's options. */
  typeOrm?: Partial<DataSourceOptions>;
}

/** Boots the storage of one kind in a Nest module, as a host would, on a database of its own. */
export async function openStorage(kind: DatabaseKind, options: StorageHarnessOptions = {}): Promise<StorageHarness> {
  const database = await createDatabase(kind);
  const { userEntity, migrations = authMigrations, before = [], typeOrm } = options;
  const imports =
    database.typeOrmOptions === undefined
      ? [MemoryStorage.forRoot()]
      : [
          TypeOrmModule.forRoot({
            ...database.typeOrmOptions,
            autoLoadEntities: true,
            migrations,
            migrationsRun: true,
            retryAttempts: 0,
            ...typeOrm,
          } as Parameters<typeof TypeOrmModule.forRoot>[0]),
          TypeOrmStorage.forRoot({ userEntity }),
        ];
  let module: TestingModule;
  try {
    if (database.typeOrmOptions !== undefined && before.length > 0) {
      const bare = await new DataSource(database.typeOrmOptions).initialize();
      for (const sql of before) await bare.query(sql);
      await bare.destroy();
    }
    module = await Test.createTestingModule({ imports }).compile();
    await module.init();
  } catch (error) {
    await database.drop();
    throw error;
  }
  const isMemory = database.typeOrmOptions === undefined;
  return {
    module,
    units: module.get(UnitOfWork, { strict: false }),
    users: module.get(UserRepository, { strict: false }),
    sessions: module.get(SessionRepository, { strict: false }),
    tokens: module.get(OneTimeTokenRepository, { strict: false }),
    attempts: module.get(AttemptRepository, { strict: false }),
    roles: module.get(RoleRepository, { strict: false }),
    audit: module.get(AuditLog, { strict: false }),
    revocations: module.get(RevocationLog, { strict: false }),
    outbox: module.get(Outbox, { strict: false }),
    invitations: module.get(InvitationRepository, { strict: false }),
    leases: module.get(LeaseRepository, { strict: false }),
    dataSource: isMemory ? undefined : module.get(DataSource, { strict: false }),
    database: isMemory ? undefined : module.get(AuthDatabase, { strict: false }),
    close: async () => {
      await module.close();
      await database.drop();
    },
  };
}

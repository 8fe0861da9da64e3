import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { STORE_DEADLINE_MS } from '../../common/deadline.js';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { AttemptRepository } from '../../core/ports/attempt.repository.js';
import { AuditLog } from '../../core/ports/audit-log.js';
import { LeaseRepository } from '../../core/ports/lease.repository.js';
import { OneTimeTokenRepository } from '../../core/ports/one-time-token.repository.js';
import { Outbox } from '../../core/ports/outbox.js';
import { RevocationLog } from '../../core/ports/revocation-log.js';
import { RoleRepository } from '../../core/ports/role.repository.js';
import { SessionRepository } from '../../core/ports/session.repository.js';
import { StorageInspector } from '../../core/ports/storage-inspector.js';
import { UnitOfWork } from '../../core/ports/unit-of-work.js';
import { type AuthUser, UserRepository } from '../../core/ports/user.repository.js';
import { InvitationRepository } from '../../features/invitation/invitation.ports.js';
import { AuthDatabase } from './auth-database.js';
import { authSideEntities } from './entities/auth-entities.js';
import { AuthUserEntity } from './entities/auth-user.entity.js';
import { TypeOrmAttemptRepository } from './repositories/typeorm-attempt.repository.js';
import { TypeOrmAuditLog } from './repositories/typeorm-audit-log.js';
import { TypeOrmInvitationRepository } from './repositories/typeorm-invitation.repository.js';
import { TypeOrmLeaseRepository } from './repositories/typeorm-lease.repository.js';
import { TypeOrmOneTimeTokenRepository } from './repositories/typeorm-one-time-token.repository.js';
import { TypeOrmOutbox } from './repositories/typeorm-outbox.js';
import { TypeOrmRevocationLog } from './repositories/typeorm-revocation-log.js';
import { TypeOrmRoleRepository } from './repositories/typeorm-role.repository.js';
import { TypeOrmSessionRepository } from './repositories/typeorm-session.repository.js';
import { TypeOrmUserRepository } from './repositories/typeorm-user.repository.js';
import { prepareSqlite } from './sqlite-settings.js';
import { TypeOrmStorageInspector } from './typeorm.storage-inspector.js';
import { TypeOrmSchemaCheck } from './typeorm-schema-check.js';
import { TypeOrmUnitOfWork } from './typeorm.unit-of-work.js';
import { UserTable } from './user-table.js';

export interface TypeOrmStorageOptions {
  /** Name of the host's data source. @default the one without a name */
  dataSource?: string;
  /** The host's user: extends `LatchkeyUser` or `LatchkeyAccount`. @default `AuthUserEntity`, table `auth_user` */
  userEntity?: Type<AuthUser>;
}

/**
 * Keeps accounts in the host's own entity and everything else in tables beside it, through the host's own TypeORM data source:
 * PostgreSQL, MySQL, MariaDB or SQLite.
 */
@Module({})
export class TypeOrmStorage {
  /**
   * @example
   * AuthModule.forRoot({ secret, baseUrl, storage: TypeOrmStorage.forRoot({ userEntity: User }) })
   */
  static forRoot({ dataSource, userEntity = AuthUserEntity }: TypeOrmStorageOptions = {}): DynamicModule {
    const entities = [userEntity, ...authSideEntities];
    const onDatabase = (provide: unknown, create: (database: AuthDatabase, users: UserTable) => unknown): Provider => ({
      provide: provide as Type,
      inject: [AuthDatabase, UserTable],
      useFactory: create,
    });
    return {
      module: TypeOrmStorage,
      imports: [TypeOrmModule.forFeature(entities, dataSource)],
      providers: [
        {
          provide: AuthDatabase,
          inject: [getDataSourceToken(dataSource)],
          useFactory: (source: DataSource) => openDatabase(source, entities),
        },
        { provide: UserTable, inject: [AuthDatabase], useFactory: (database: AuthDatabase) => new UserTable(database, userEntity) },
        onDatabase(TypeOrmSchemaCheck, (database, users) => new TypeOrmSchemaCheck(database, users)),
        onDatabase(
          StorageInspector,
          (database, users) => new TypeOrmStorageInspector(database, users, new TypeOrmSchemaCheck(database, users)),
        ),
        onDatabase(UnitOfWork, (database) => new TypeOrmUnitOfWork(database)),
        onDatabase(UserRepository, (database, users) => new TypeOrmUserRepository(database, users)),
        onDatabase(SessionRepository, (database, users) => new TypeOrmSessionRepository(database, users)),
        onDatabase(OneTimeTokenRepository, (database) => new TypeOrmOneTimeTokenRepository(database)),
        onDatabase(AttemptRepository, (database) => new TypeOrmAttemptRepository(database)),
        onDatabase(RoleRepository, (database) => new TypeOrmRoleRepository(database)),
        onDatabase(AuditLog, (database) => new TypeOrmAuditLog(database)),
        onDatabase(RevocationLog, (database) => new TypeOrmRevocationLog(database)),
        onDatabase(Outbox, (database) => new TypeOrmOutbox(database)),
        onDatabase(LeaseRepository, (database) => new TypeOrmLeaseRepository(database)),
        onDatabase(InvitationRepository, (database) => new TypeOrmInvitationRepository(database)),
      ],
      exports: [
        UnitOfWork,
        UserRepository,
        SessionRepository,
        OneTimeTokenRepository,
        AttemptRepository,
        RoleRepository,
        AuditLog,
        RevocationLog,
        Outbox,
        LeaseRepository,
        InvitationRepository,
        StorageInspector,
        TypeOrmSchemaCheck,
      ],
    };
  }
}

/** @throws AuthConfigurationError when the data source does not know the entities */
export async function openDatabase(dataSource: DataSource, entities: readonly Type[]): Promise<AuthDatabase> {
  const unknown = entities.filter((entity) => !dataSource.hasMetadata(entity));
  if (unknown.length > 0) {
    throw new AuthConfigurationError([
      {
        option: 'storage',
        problem: `The data source does not know ${unknown.map(({ name }) => name).join(', ')}.`,
        remedy: 'Set autoLoadEntities: true, or add authEntities (authSideEntities and your own user entity) to its entities.',
      },
    ]);
  }
  const database = new AuthDatabase(dataSource);
  if (database.dialect === 'sqlite') await prepareSqlite(dataSource, STORE_DEADLINE_MS);
  return database;
}

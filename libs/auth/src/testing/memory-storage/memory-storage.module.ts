import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { AttemptRepository } from '../../core/ports/attempt.repository.js';
import { AuditLog } from '../../core/ports/audit-log.js';
import { LeaseRepository } from '../../core/ports/lease.repository.js';
import { OneTimeTokenRepository } from '../../core/ports/one-time-token.repository.js';
import { Outbox } from '../../core/ports/outbox.js';
import { RevocationLog } from '../../core/ports/revocation-log.js';
import { RoleRepository } from '../../core/ports/role.repository.js';
import { SessionRepository } from '../../core/ports/session.repository.js';
import { UnitOfWork } from '../../core/ports/unit-of-work.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { InvitationRepository } from '../../features/invitation/invitation.ports.js';
import { MemoryAttemptRepository } from './memory-attempt.repository.js';
import { MemoryAuditLog } from './memory-audit-log.js';
import { MemoryDatabase } from './memory-database.js';
import { MemoryInvitationRepository } from './memory-invitation.repository.js';
import { MemoryLeaseRepository } from './memory-lease.repository.js';
import { MemoryOneTimeTokenRepository } from './memory-one-time-token.repository.js';
import { MemoryOutbox } from './memory-outbox.js';
import { MemoryRevocationLog } from './memory-revocation-log.js';
import { MemoryRoleRepository } from './memory-role.repository.js';
import { MemorySessionRepository } from './memory-session.repository.js';
import { MemoryUnitOfWork } from './memory-unit-of-work.js';
import { MemoryUserRepository } from './memory-user.repository.js';

const PORTS: Provider[] = [
  { provide: UserRepository, useClass: MemoryUserRepository },
  { provide: SessionRepository, useClass: MemorySessionRepository },
  { provide: OneTimeTokenRepository, useClass: MemoryOneTimeTokenRepository },
  { provide: AttemptRepository, useClass: MemoryAttemptRepository },
  { provide: RoleRepository, useClass: MemoryRoleRepository },
  { provide: AuditLog, useClass: MemoryAuditLog },
  { provide: RevocationLog, useClass: MemoryRevocationLog },
  { provide: Outbox, useClass: MemoryOutbox },
  { provide: LeaseRepository, useClass: MemoryLeaseRepository },
  { provide: InvitationRepository, useClass: MemoryInvitationRepository },
  { provide: UnitOfWork, useClass: MemoryUnitOfWork },
];

/** Every storage port in this process's memory, for tests: nothing survives the process and nothing is shared. */
@Module({})
export class MemoryStorage {
  /**
   * A store of its own for every application that imports it.
   *
   * @example
   * AuthModule.forRoot({ secret, baseUrl, storage: MemoryStorage.forRoot() })
   */
  static forRoot(): DynamicModule {
    return {
      module: MemoryStorage,
      providers: [MemoryDatabase, ...PORTS],
      exports: PORTS.map((provider) => (provider as { provide: typeof UserRepository }).provide),
    };
  }
}

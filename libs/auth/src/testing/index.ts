export { MemoryStorage } from './memory-storage/memory-storage.module.js';
export { actingAs, type ActingUser } from './acting-as.js';
export { RecordingMail } from './recording-mail.js';
export { SettableClock } from './settable-clock.js';
export { describeCacheStore, type CacheStoreHarness } from './conformance/cache-store.conformance.js';
export { type AttemptRepositoryHarness, describeAttemptRepository } from './conformance/attempt-repository.conformance.js';
export { type AuditLogHarness, describeAuditLog } from './conformance/audit-log.conformance.js';
export { type ConformanceHarness, type CreateHarness } from './conformance/conformance-suite.js';
export { describeInvitationRepository, type InvitationRepositoryHarness } from './conformance/invitation-repository.conformance.js';
export { describeLeaseRepository, type LeaseRepositoryHarness } from './conformance/lease-repository.conformance.js';
export {
  describeOneTimeTokenRepository,
  type OneTimeTokenRepositoryHarness,
} from './conformance/one-time-token-repository.conformance.js';
export { describeOutbox, type OutboxHarness } from './conformance/outbox.conformance.js';
export { describeRevocationLog, type RevocationLogHarness } from './conformance/revocation-log.conformance.js';
export { describeRoleRepository, type RoleRepositoryHarness } from './conformance/role-repository.conformance.js';
export { describeSessionRepository, type SessionRepositoryHarness } from './conformance/session-repository.conformance.js';
export { describeUnitOfWork, type UnitOfWorkHarness } from './conformance/unit-of-work.conformance.js';
export { describeUserRepository, type UserRepositoryHarness } from './conformance/user-repository.conformance.js';

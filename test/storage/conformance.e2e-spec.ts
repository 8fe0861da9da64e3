import { afterAll, beforeAll, describe } from 'vitest';
import { describeEachDatabase, type DatabaseKind } from '../support/databases.js';
import { describeAttemptRepository } from '../../libs/auth/src/testing/conformance/attempt-repository.conformance.js';
import { describeAuditLog } from '../../libs/auth/src/testing/conformance/audit-log.conformance.js';
import { describeInvitationRepository } from '../../libs/auth/src/testing/conformance/invitation-repository.conformance.js';
import { describeLeaseRepository } from '../../libs/auth/src/testing/conformance/lease-repository.conformance.js';
import { describeOneTimeTokenRepository } from '../../libs/auth/src/testing/conformance/one-time-token-repository.conformance.js';
import { describeOutbox } from '../../libs/auth/src/testing/conformance/outbox.conformance.js';
import { describeRevocationLog } from '../../libs/auth/src/testing/conformance/revocation-log.conformance.js';
import { describeRoleRepository } from '../../libs/auth/src/testing/conformance/role-repository.conformance.js';
import { describeSessionRepository } from '../../libs/auth/src/testing/conformance/session-repository.conformance.js';
import { describeUnitOfWork } from '../../libs/auth/src/testing/conformance/unit-of-work.conformance.js';
import { describeUserRepository } from '../../libs/auth/src/testing/conformance/user-repository.conformance.js';
import { openStorage, type StorageHarness } from './storage-harness.js';

const conform = (kind: DatabaseKind): void => {
  let storage: StorageHarness;
  beforeAll(async () => {
    storage = await openStorage(kind);
  });
  afterAll(() => storage.close());

  describeUserRepository(() => storage.users);
  describeSessionRepository(() => ({ repository: storage.sessions, users: storage.users }));
  describeOneTimeTokenRepository(() => storage.tokens);
  describeAttemptRepository(() => storage.attempts);
  describeRoleRepository(() => storage.roles);
  describeAuditLog(() => storage.audit);
  describeRevocationLog(() => storage.revocations);
  describeInvitationRepository(() => storage.invitations);
  describeLeaseRepository(() => storage.leases);
  describeOutbox(() => ({ outbox: storage.outbox, units: storage.units }));
  describeUnitOfWork(() => ({ units: storage.units, users: storage.users }));
};

describe('storage ports in memory', () => conform('memory'));
describeEachDatabase('storage ports', conform);

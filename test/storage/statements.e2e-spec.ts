import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Session } from '../../libs/auth/src/core/ports/session.repository.js';
import { describeEachDatabase } from '../support/databases.js';
import { countStatements, type StatementCount } from './count-statements.js';
import { openStorage, type StorageHarness } from './storage-harness.js';

const NOW = 1_780_000_000_000;
const RULES = { maxFailures: 5, window: 300_000, delays: [60_000], hardStop: 100, lease: 30_000 };
const session = (userId: string, id: string): Session => ({
  id,
  userId,
  delivery: 'bearer',
  remembered: false,
  credentialsVersion: 1,
  secretHash: null,
  seed: 'seed',
  generation: 1,
  rotatedAt: NOW,
  keyId: 'k1',
  amr: ['pwd'],
  authTime: NOW,
  createdAt: NOW,
  lastSeenAt: NOW,
  idleExpiresAt: NOW + 60_000,
  absoluteExpiresAt: NOW + 60_000,
  ip: null,
  userAgent: null,
  revokedAt: null,
});

describeEachDatabase('statements', (kind) => {
  let storage: StorageHarness;
  let counted: StatementCount;
  let userId: string;

  beforeAll(async () => {
    storage = await openStorage(kind);
    const user = await storage.users.insert({
      email: 'ada@example.com',
      passwordHash: 'hash',
      emailConfirmedAt: null,
      createdAt: new Date(NOW),
      profile: {},
    });
    userId = String(user.id);
    // The collation of ids is asked for once in a process, by the boot rules.
    await storage.sessions.findWithOwner('nobody');
    counted = countStatements(storage.dataSource!);
  });
  afterAll(async () => {
    counted.stop();
    await storage.close();
  });

  const costOf = async (work: () => Promise<unknown>): Promise<number> => {
    counted.reset();
    await work();
    return counted.count;
  };

  it('grants a role to 600 users in one, which asks for the role itself: none that goes meanwhile leaves a grant behind', async () => {
    const { roles } = storage;
    await roles.define({ name: 'clerk', permissions: [] });
    const users = Array.from({ length: 600 }, (_, index) => `clerk-${index}`);
    expect(await costOf(() => roles.grantAll(users, 'clerk'))).toBe(1);
    expect(await roles.countHolders('clerk')).toBe(600);

    roles.exists = async () => true;
    await roles.grantAll(['late'], 'role-that-has-gone').catch(() => undefined);
    expect(await roles.countHolders('role-that-has-gone')).toBe(0);
  });

  it('costs one for each step of a sign-in', async () => {
    const { attempts, users, sessions, audit } = storage;
    expect(await costOf(() => attempts.reserve('bucket', RULES, NOW))).toBe(1);
    expect(await costOf(() => users.findByEmailWithPassword('ada@example.com'))).toBe(1);
    expect(await costOf(() => sessions.insert(session(userId, 's1')))).toBe(1);
    const entry = { event: 'e', at: NOW, userId, sessionId: null, ip: null, userAgent: null, requestId: null, data: {} };
    expect(await costOf(() => audit.append([entry, entry, entry]))).toBe(1);
    expect(await costOf(() => attempts.clear('bucket'))).toBe(1);
  });

  it('costs one for each step of a refresh, of a cold guard and of the window of revocations', async () => {
    const { sessions, revocations, users, roles } = storage;
    expect(await costOf(() => sessions.findWithOwner('s1'))).toBe(1);
    const rotation = { id: 's1', generation: 1, seed: 'seed', keyId: 'k1', now: NOW + 1, idleExpiresAt: NOW + 60_000 };
    expect(await costOf(() => sessions.rotate(rotation))).toBe(1);
    expect(await costOf(() => sessions.findState('s1'))).toBe(1);
    expect(await costOf(() => revocations.recent(5_000))).toBe(1);
    expect(await costOf(() => users.findByIdWithPassword(userId))).toBe(1);
    expect(await costOf(() => users.replacePassword(userId, { passwordHash: 'new', ifHash: 'hash' }))).toBe(1);
    expect(await costOf(() => roles.rolesOf(userId))).toBe(1);
  });

  it('costs nothing for an id that cannot be', async () => {
    expect(await costOf(() => storage.sessions.findState('a\0b'))).toBe(0);
    expect(await costOf(() => storage.users.findById('x'.repeat(65)))).toBe(0);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryOneTimeTokenRepository } from '../../testing/memory-storage/memory-one-time-token.repository.js';
import { MemoryRoleRepository } from '../../testing/memory-storage/memory-role.repository.js';
import { MemoryUnitOfWork } from '../../testing/memory-storage/memory-unit-of-work.js';
import { MemoryUserRepository } from '../../testing/memory-storage/memory-user.repository.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { PasswordIncorrectException, RecentAuthRequiredException, ResourceNotFoundException } from '../errors/auth.errors.js';
import type { AuthEvent } from '../events/auth-event.js';
import type { AuthEvents } from '../events/auth-events.js';
import { NO_CLIENT } from '../events/client-info.js';
import type { ResolvedAuthOptions } from '../options/auth.options.js';
import type { AttemptLedger } from '../passwords/attempt-ledger.js';
import type { Session } from '../ports/session.repository.js';
import type { AuthUser } from '../ports/user.repository.js';
import type { SessionsService } from '../sessions/sessions.service.js';
import type { PasswordProof } from '../sign-in/password-proof.js';
import { AccountsService } from './accounts.service.js';

const CLIENT = { ...NO_CLIENT, ip: '203.0.113.7' };
const RECENT_AUTH = 600_000;

describe('an account', () => {
  let clock: SettableClock;
  let users: MemoryUserRepository;
  let tokens: MemoryOneTimeTokenRepository;
  let roles: MemoryRoleRepository;
  let happened: AuthEvent[];
  /** What was asked of sessions, of the proof of a password, and of the count of failures. */
  let ended: unknown[][];
  let proofs: unknown[][];
  let cleared: string[];
  let accounts: AccountsService;
  let ada: AuthUser;
  let id: string;
  let session: Session;

  beforeEach(async () => {
    const database = new MemoryDatabase();
    clock = new SettableClock(1_800_000_000_000);
    users = new MemoryUserRepository(database);
    tokens = new MemoryOneTimeTokenRepository(database);
    roles = new MemoryRoleRepository(database);
    [happened, ended, proofs, cleared] = [[], [], [], []];
    const proof = {
      assert: async (...args: [unknown, string]) => {
        proofs.push(args);
        if (args[1] !== 'right') throw new PasswordIncorrectException();
      },
    } as unknown as PasswordProof;
    const sessions = { endAll: async (...args: unknown[]) => void ended.push(args) } as unknown as SessionsService;
    const ledger = { clear: async (email: string) => void cleared.push(email) } as unknown as AttemptLedger;
    const events = { record: async (...events: AuthEvent[]) => void happened.push(...events) } as unknown as AuthEvents;
    const never = {} as never;
    accounts = new AccountsService(
      { recentAuth: RECENT_AUTH } as ResolvedAuthOptions,
      users,
      roles,
      tokens,
      never,
      ledger,
      sessions,
      never,
      proof,
      never,
      never,
      new MemoryUnitOfWork(database),
      events,
      clock,
    );
    ada = await user('ada@example.com');
    id = String(ada.id);
    session = { id: 's1', userId: id, authTime: clock.now() } as Session;
  });

  /** With an outstanding token, whose selector is the id. */
  const user = async (email: string): Promise<AuthUser> => {
    const made = await users.insert({ email, passwordHash: null, emailConfirmedAt: null, createdAt: new Date(), profile: {} });
    const [userId, createdAt] = [String(made.id), clock.now()];
    const about = { purpose: 'reset', subject: userId, userId, emailVersion: 1, groupKey: null, payload: null };
    await tokens.replace({ ...about, selector: userId, secretHash: 'h', createdAt, expiresAt: createdAt + 1_000 });
    return made;
  };

  const tokenOfAda = () => tokens.find(id);
  const gone = (act: Promise<unknown>) => expect(act).rejects.toBeInstanceOf(ResourceNotFoundException);

  it('changes its profile', async () => {
    expect(await accounts.updateProfile(id, { name: 'Countess' })).toMatchObject({ id, name: 'Countess' });
    expect((await users.findById(id))?.name).toBe('Countess');
  });

  describe('is deleted', () => {
    it("with every session, token and role, and nobody else's", async () => {
      const eve = await user('eve@example.com');
      await roles.define({ name: 'admin', permissions: [] });
      for (const who of [ada, eve]) await roles.grant(String(who.id), 'admin');
      await accounts.delete(id, CLIENT);

      expect(await users.findById(id)).toBeNull();
      expect(await tokenOfAda()).toBeNull();
      expect((await roles.rolesOf(id)).roles).toEqual([]);
      expect(ended).toEqual([[id, 'deleted', CLIENT]]);
      expect(happened).toMatchObject([{ type: 'user.deleted', at: clock.now(), userId: id, ip: CLIENT.ip }]);
      expect(await users.findById(String(eve.id))).not.toBeNull();
      expect(await tokens.find(String(eve.id))).not.toBeNull();
    });

    it('by its owner, while the session is recent to the millisecond', async () => {
      clock.set(session.authTime + RECENT_AUTH + 1);
      await expect(accounts.deleteOwn(session, undefined)).rejects.toBeInstanceOf(RecentAuthRequiredException);
      expect(await users.findById(id)).not.toBeNull();
      clock.set(session.authTime + RECENT_AUTH);
      await accounts.deleteOwn(session, undefined, CLIENT);

      expect(await users.findById(id)).toBeNull();
      expect(proofs).toEqual([]);
      expect(ended).toEqual([[id, 'deleted', CLIENT]]);
    });

    it('by whoever knows its password, however long ago the sign-in was', async () => {
      clock.advance('7d');
      await accounts.deleteOwn(session, 'right', CLIENT);

      expect(await users.findById(id)).toBeNull();
      expect(proofs).toEqual([[session, 'right', 'account_deletion', CLIENT]]);
    });

    it('never with a wrong password, not even while the session is recent', async () => {
      await expect(accounts.deleteOwn(session, 'wrong')).rejects.toBeInstanceOf(PasswordIncorrectException);
      await expect(accounts.deleteOwn(session, '')).rejects.toBeInstanceOf(PasswordIncorrectException);

      expect(await users.findById(id)).not.toBeNull();
    });
  });

  describe.each([
    ['disable', 'disabledAt', { type: 'user.disabled', data: {} }, 'disabled'],
    ['lock', 'lockedAt', { type: 'user.locked', data: { reason: 'manual' } }, 'locked'],
  ] as const)('that somebody wants to %s', (act, column, event, reason) => {
    it('is shut from now on, and its sessions and tokens end', async () => {
      await accounts[act](id, CLIENT);
      const user = await users.findById(id);

      expect(user).toMatchObject({ [column]: new Date(clock.now()), credentialsVersion: ada.credentialsVersion + 1 });
      expect(await tokenOfAda()).toBeNull();
      expect(ended).toEqual([[id, reason, CLIENT]]);
      expect(happened).toHaveLength(1);
      expect(happened).toMatchObject([{ ...event, at: clock.now(), userId: id, ip: CLIENT.ip }]);
      expect(happened[0]!.data).toEqual(event.data);
    });
  });

  it('that was switched off is on again', async () => {
    await accounts.disable(id);
    await accounts.enable(id);

    expect((await users.findById(id))?.disabledAt).toBeNull();
  });

  it('that was locked is unlocked, and its failures are forgotten', async () => {
    await accounts.lock(id);
    happened.length = 0;
    await accounts.unlock(id, CLIENT);

    expect((await users.findById(id))?.lockedAt).toBeNull();
    expect(cleared).toEqual([ada.email]);
    expect(happened).toMatchObject([{ type: 'user.unlocked', at: clock.now(), userId: id, ip: CLIENT.ip }]);
  });

  it('that is gone can be neither changed nor deleted nor shut nor opened', async () => {
    await accounts.delete(id);
    happened.length = ended.length = 0;

    await gone(accounts.updateProfile(id, {}));
    await gone(accounts.delete(id));
    await gone(accounts.deleteOwn(session, 'right'));
    for (const act of ['disable', 'enable', 'lock', 'unlock'] as const) await gone(accounts[act](id));
    expect([...happened, ...ended, ...cleared]).toEqual([]);
  });
});

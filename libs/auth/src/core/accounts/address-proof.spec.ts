import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryOneTimeTokenRepository } from '../../testing/memory-storage/memory-one-time-token.repository.js';
import { MemoryUserRepository } from '../../testing/memory-storage/memory-user.repository.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { KeyRing } from '../crypto/key-ring.js';
import { OneTimeTokenInvalidException } from '../errors/auth.errors.js';
import type { AuthEvent } from '../events/auth-event.js';
import type { AuthEvents } from '../events/auth-events.js';
import { NO_CLIENT } from '../events/client-info.js';
import type { AuthUser } from '../ports/user.repository.js';
import type { SessionsService } from '../sessions/sessions.service.js';
import { OneTimeTokensService } from '../tokens/one-time-tokens.service.js';
import { AddressProof } from './address-proof.js';

const CLIENT = { ...NO_CLIENT, ip: '203.0.113.7' };

describe('an address that is proved', () => {
  let clock: SettableClock;
  let users: MemoryUserRepository;
  let tokens: OneTimeTokensService;
  let proof: AddressProof;
  let ended: unknown[];
  let happened: AuthEvent[];
  let ada: AuthUser;
  let id: string;

  beforeEach(async () => {
    const database = new MemoryDatabase();
    clock = new SettableClock();
    users = new MemoryUserRepository(database);
    const rows = new MemoryOneTimeTokenRepository(database);
    tokens = new OneTimeTokensService(rows, users, new KeyRing(['kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only']), clock);
    [ended, happened] = [[], []];
    const sessions = { endAll: async (...args: unknown[]) => void ended.push(args) } as unknown as SessionsService;
    const events = { record: async (...events: AuthEvent[]) => void happened.push(...events) } as unknown as AuthEvents;
    proof = new AddressProof(users, rows, sessions, events, clock);
    const profile = {};
    ada = await users.insert({
      email: 'ada@example.com',
      passwordHash: 'of a stranger',
      emailConfirmedAt: null,
      createdAt: new Date(),
      profile,
    });
    id = String(ada.id);
  });

  const refused = (act: Promise<unknown>) => expect(act).rejects.toBeInstanceOf(OneTimeTokenInvalidException);
  const passwordNow = async () => (await users.findByIdWithPassword(id))?.passwordHash;
  const confirmed = { type: 'user.confirmed', ip: CLIENT.ip, data: { by: 'magic_link' } };

  describe('by its owner, whoever has made the account', () => {
    it('ends whatever a stranger may have set before', async () => {
      const stranger = await tokens.issue({ purpose: 'reset', user: ada, ttl: 60_000 });
      const now = await proof.claim({ user: ada, by: 'magic_link', client: CLIENT });

      expect(now).toEqual(await users.findById(id));
      expect(now).toMatchObject({ emailConfirmedAt: new Date(clock.now()), credentialsVersion: ada.credentialsVersion + 1 });
      expect(await passwordNow()).toBeNull();
      expect(ended).toEqual([[id, 'address_proved', CLIENT]]);
      await refused(tokens.redeem('reset', stranger));
      expect(happened).toMatchObject([{ ...confirmed, at: clock.now(), userId: id }]);
    });

    it('takes the password that the owner brings', async () => {
      await proof.claim({ user: ada, by: 'magic_link' }, 'of the owner');

      expect(await passwordNow()).toBe('of the owner');
    });

    it('changes nothing of an account that was confirmed before', async () => {
      const before = await proof.claim({ user: ada, by: 'magic_link' }, 'of the owner');
      happened.length = ended.length = 0;

      expect(await proof.claim({ user: before, by: 'magic_link' }, 'another')).toBe(before);
      expect(await passwordNow()).toBe('of the owner');
      expect([...happened, ...ended]).toEqual([]);
    });

    it('is enough when somebody with the same address was faster, and brings no password then', async () => {
      const first = await proof.claim({ user: ada, by: 'magic_link' });
      happened.length = ended.length = 0;

      expect(await proof.claim({ user: ada, by: 'magic_link' })).toEqual(first);
      await refused(proof.claim({ user: ada, by: 'password_reset' }, 'another'));
      expect(await passwordNow()).toBeNull();
      expect([...happened, ...ended]).toEqual([]);
    });

    it('is needed also where the store does not say whether the address was proved', async () => {
      const unsaid = { ...ada, emailConfirmedAt: undefined } as unknown as AuthUser;

      expect((await proof.claim({ user: unsaid, by: 'magic_link' })).emailConfirmedAt).toEqual(new Date(clock.now()));
      expect(await passwordNow()).toBeNull();
    });

    it('is nothing when the address of the account has changed, or the account is gone', async () => {
      await users.changeEmail(id, { email: 'lovelace@example.com', ifEmailVersion: ada.emailVersion, confirmedAt: new Date() });
      await refused(proof.claim({ user: ada, by: 'magic_link' }));
      await users.delete(id);

      await refused(proof.claim({ user: ada, by: 'magic_link' }));
    });

    it('is nothing when the account is gone before it is read again', async () => {
      users.findById = async () => null;

      await refused(proof.claim({ user: ada, by: 'magic_link' }));
    });

    it('is nothing when the claim failed and the account is as unconfirmed as before', async () => {
      users.claimEmail = async () => null;

      await refused(proof.claim({ user: ada, by: 'magic_link' }));
    });
  });

  describe('after a sign-up of its own', () => {
    it('keeps password, sessions and tokens', async () => {
      const own = await tokens.issue({ purpose: 'reset', user: ada, ttl: 60_000 });
      const now = await proof.confirm({ user: ada, by: 'magic_link', client: CLIENT });

      expect(now).toMatchObject({ emailConfirmedAt: new Date(clock.now()), credentialsVersion: ada.credentialsVersion });
      expect(await passwordNow()).toBe('of a stranger');
      expect(ended).toEqual([]);
      expect((await tokens.redeem('reset', own)).user?.email).toBe(ada.email);
      expect(happened).toMatchObject([{ ...confirmed, at: clock.now(), userId: id }]);
    });

    it('is confirmed once', async () => {
      const before = await proof.confirm({ user: ada, by: 'magic_link' });
      happened.length = 0;

      expect(await proof.confirm({ user: before, by: 'magic_link' })).toBe(before);
      expect(happened).toEqual([]);
    });

    it('is nothing when the address has changed meanwhile', async () => {
      await users.changeEmail(id, { email: 'lovelace@example.com', ifEmailVersion: ada.emailVersion, confirmedAt: null });

      await refused(proof.confirm({ user: ada, by: 'magic_link' }));
      expect(happened).toEqual([]);
    });
  });
});

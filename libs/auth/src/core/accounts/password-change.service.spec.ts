import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemoryOneTimeTokenRepository } from '../../testing/memory-storage/memory-one-time-token.repository.js';
import { MemorySessionRepository } from '../../testing/memory-storage/memory-session.repository.js';
import { MemoryUnitOfWork } from '../../testing/memory-storage/memory-unit-of-work.js';
import { MemoryUserRepository } from '../../testing/memory-storage/memory-user.repository.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { PasswordIncorrectException, PasswordRefusedException } from '../errors/auth.errors.js';
import type { AuthEvent } from '../events/auth-event.js';
import type { AuthEvents } from '../events/auth-events.js';
import { NO_CLIENT } from '../events/client-info.js';
import type { PasswordsService } from '../passwords/passwords.service.js';
import type { Revocation } from '../ports/revocation-log.js';
import type { Session } from '../ports/session.repository.js';
import type { AuthUser } from '../ports/user.repository.js';
import type { IssuedSession } from '../sessions/issued-session.js';
import type { RevocationAnnouncer } from '../sessions/revocation-announcer.js';
import type { SessionsService } from '../sessions/sessions.service.js';
import type { PasswordProof } from '../sign-in/password-proof.js';
import { PasswordChangeService } from './password-change.service.js';

const CLIENT = { ...NO_CLIENT, ip: '203.0.113.7' };
const CHANGE = { currentPassword: 'old', newPassword: 'new' };
const ISSUED = { credentials: { delivery: 'bearer' } } as IssuedSession;

describe('changing a password', () => {
  let clock: SettableClock;
  let users: MemoryUserRepository;
  let sessions: MemorySessionRepository;
  let tokens: MemoryOneTimeTokenRepository;
  let happened: AuthEvent[];
  let judged: unknown[][];
  let proofs: unknown[][];
  let renewed: unknown[][];
  let announced: Revocation[];
  /** What happens elsewhere between the proof of the old password and the change. */
  let meanwhile: () => Promise<unknown>;
  let changes: PasswordChangeService;
  let ada: AuthUser;
  let id: string;
  let session: Session;

  beforeEach(async () => {
    const database = new MemoryDatabase();
    clock = new SettableClock(1_800_000_000_000);
    users = new MemoryUserRepository(database);
    sessions = new MemorySessionRepository(database);
    tokens = new MemoryOneTimeTokenRepository(database);
    [happened, judged, proofs, renewed, announced] = [[], [], [], [], []];
    meanwhile = async () => undefined;
    const passwords = {
      assertAcceptable: async (...args: [string]) => {
        judged.push(args);
        if (args[0] === 'weak')
          throw new PasswordRefusedException([{ field: 'newPassword', code: 'password_blocked', message: 'weak' }]);
      },
      hash: async (password: string) => `hash of ${password}`,
    } as unknown as PasswordsService;
    const proof = {
      assert: async (...args: [Session, string]) => {
        proofs.push(args);
        const proven = await users.findByIdWithPassword(args[0].userId);
        await meanwhile();
        return proven;
      },
    } as unknown as PasswordProof;
    const renewing = {
      renew: async (...args: unknown[]) => {
        renewed.push(args);
        return ISSUED;
      },
    } as unknown as SessionsService;
    const announcer = { announce: async (one: Revocation) => void announced.push(one) } as unknown as RevocationAnnouncer;
    const events = { record: async (...events: AuthEvent[]) => void happened.push(...events) } as unknown as AuthEvents;
    const units = new MemoryUnitOfWork(database);
    changes = new PasswordChangeService(users, sessions, tokens, passwords, proof, renewing, announcer, units, events, clock);
    const profile = { name: 'Ada' };
    ada = await users.insert({
      email: 'ada@example.com',
      passwordHash: 'hash of old',
      emailConfirmedAt: null,
      createdAt: new Date(),
      profile,
    });
    id = String(ada.id);
    session = await given('s1');
  });

  const given = async (sessionId: string, userId = id): Promise<Session> => {
    const never = Number.MAX_SAFE_INTEGER;
    const row = { id: sessionId, userId, amr: ['pwd'], revokedAt: null, idleExpiresAt: never, absoluteExpiresAt: never };
    await sessions.insert(row as unknown as Session);
    return row as unknown as Session;
  };
  const passwordNow = async () => (await users.findByIdWithPassword(id))?.passwordHash;
  const live = async (userId = id) => (await sessions.listLive(userId, clock.now())).map((one) => one.id);

  it('lets the session go on with new secrets, under the new credentials', async () => {
    expect(await changes.change(session, CHANGE, CLIENT)).toBe(ISSUED);
    expect(await passwordNow()).toBe('hash of new');
    expect(renewed).toEqual([[session, ada.credentialsVersion + 1]]);
    expect(proofs).toEqual([[session, 'old', 'password_change', CLIENT, 'currentPassword']]);
  });

  it('ends all other sessions of the user and tells every process, and writes how many they were', async () => {
    await given('s2');
    await given('s3');
    await given('of Eve', 'eve');
    await changes.change(session, CHANGE, CLIENT);

    expect(await live()).toEqual(['s1']);
    expect(await live('eve')).toEqual(['of Eve']);
    expect((await sessions.findState('s2'))?.session.revokedAt).toBe(clock.now());
    expect(announced).toEqual([{ kind: 'user', subject: id }]);
    const about = { at: clock.now(), userId: id, ip: CLIENT.ip };
    expect(happened).toMatchObject([
      { ...about, type: 'user.passwordChanged', sessionId: 's1' },
      { ...about, type: 'session.revoked', sessionId: null, data: { reason: 'password_changed', count: 2 } },
    ]);
  });

  it('writes of no session when there was no other', async () => {
    await changes.change(session, CHANGE);

    expect(happened.map(({ type }) => type)).toEqual(['user.passwordChanged']);
    expect(happened[0]?.ip).toBeNull();
  });

  it('makes outstanding tokens of the user worthless', async () => {
    for (const userId of [id, 'eve']) {
      const about = { purpose: 'reset', subject: userId, userId, emailVersion: 1, groupKey: null, payload: null };
      await tokens.replace({ ...about, selector: userId, secretHash: 'h', createdAt: 0, expiresAt: clock.now() + 1 });
    }
    await changes.change(session, CHANGE);

    expect(await tokens.find(id)).toBeNull();
    expect(await tokens.find('eve')).not.toBeNull();
  });

  it('judges the new password by whose it is, before it asks for the old one', async () => {
    await expect(changes.change(session, { ...CHANGE, newPassword: 'weak' })).rejects.toBeInstanceOf(PasswordRefusedException);

    expect(judged).toEqual([['weak', { email: ada.email, name: 'Ada', user: ada }, 'newPassword']]);
    expect(proofs).toEqual([]);
    expect(await passwordNow()).toBe('hash of old');
  });

  it('judges it without anybody when the account is gone, which the proof of the old one then says', async () => {
    await users.delete(id);
    await changes.change(session, CHANGE).catch(() => undefined);

    expect(judged).toEqual([['new', {}, 'newPassword']]);
    expect(proofs).toHaveLength(1);
  });

  it('does not happen when somebody else has changed the password meanwhile', async () => {
    meanwhile = () => users.replacePassword(id, { passwordHash: 'of another' });
    await given('s2');
    const refused = await changes.change(session, CHANGE).catch((error: unknown) => error);

    expect(refused).toBeInstanceOf(PasswordIncorrectException);
    expect((refused as PasswordIncorrectException).getResponse()).toMatchObject({ details: [{ field: 'currentPassword' }] });
    expect(await passwordNow()).toBe('of another');
    expect(await live()).toEqual(['s1', 's2']);
    expect([...renewed, ...announced, ...happened]).toEqual([]);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryAuditLog } from '../../testing/memory-storage/memory-audit-log.js';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemorySessionRepository } from '../../testing/memory-storage/memory-session.repository.js';
import { MemoryUnitOfWork } from '../../testing/memory-storage/memory-unit-of-work.js';
import { MemoryUserRepository } from '../../testing/memory-storage/memory-user.repository.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { OriginRule } from '../access/origin-rule.js';
import { KeyRing } from '../crypto/key-ring.js';
import { OriginRejectedException } from '../errors/auth.errors.js';
import type { AuthEvent } from '../events/auth-event.js';
import { AuthEvents } from '../events/auth-events.js';
import { NO_CLIENT } from '../events/client-info.js';
import { resolveAuthOptions } from '../options/resolve-auth-options.js';
import type { Session, SessionDelivery } from '../ports/session.repository.js';
import type { AuthUser } from '../ports/user.repository.js';
import type { BearerCredentials, CookieCredentials } from '../sessions/issued-session.js';
import { RefreshService } from '../sessions/refresh.service.js';
import type { RevocationAnnouncer } from '../sessions/revocation-announcer.js';
import { SessionIssuer } from '../sessions/session-issuer.js';
import { SessionTokens } from '../sessions/session-tokens.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { AccessTokenKeys } from '../tokens/access-token-keys.js';
import { AccessTokenSigner } from '../tokens/access-token-signer.js';
import { AccessTokenVerifier } from '../tokens/access-token-verifier.js';
import { SignOutService } from './sign-out.service.js';

const SECRET = 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only';
const HOME = 'https://app.example.com';
const CLIENT = { ...NO_CLIENT, ip: '203.0.113.7' };

describe('signing out', () => {
  let rows: MemorySessionRepository;
  let sessions: SessionsService;
  let happened: AuthEvent[];
  let ada: AuthUser;
  let service: SignOutService;
  let bearerOnly: SignOutService;

  beforeEach(async () => {
    const clock = new SettableClock(1_800_000_000_000);
    const database = new MemoryDatabase();
    rows = new MemorySessionRepository(database);
    const units = new MemoryUnitOfWork(database);
    const nothing = {} as never;
    const events = new AuthEvents(new MemoryAuditLog(database), units, nothing, nothing, nothing);
    happened = [];
    events.subscribe('session.revoked', (event) => happened.push(event));

    const options = resolveAuthOptions({ secret: SECRET, baseUrl: HOME, environment: 'test' });
    const ring = new KeyRing([SECRET]);
    const tokens = new SessionTokens(ring);
    const keys = AccessTokenKeys.fromKeyRing(ring);
    const parties = { issuer: HOME, audience: HOME };
    const issuer = new SessionIssuer(options, tokens, new AccessTokenSigner(keys, { ...parties, ttl: 900_000 }));
    const announcer = { announce: async () => undefined } as unknown as RevocationAnnouncer;
    sessions = new SessionsService(rows, issuer, tokens, announcer, units, events, clock);
    const refreshes = new RefreshService(options, rows, tokens, issuer, announcer, units, events, clock);
    const verifier = new AccessTokenVerifier(keys, parties);
    const origins = new OriginRule(options);
    const serviceWith = (delivery: SessionDelivery[]) =>
      new SignOutService({ ...options, delivery }, verifier, tokens, rows, refreshes, sessions, origins, clock);
    service = serviceWith(['bearer', 'cookie']);
    bearerOnly = serviceWith(['bearer']);

    const users = new MemoryUserRepository(database);
    ada = await users.insert({
      email: 'ada@example.com',
      passwordHash: null,
      emailConfirmedAt: null,
      createdAt: new Date(0),
      profile: {},
    });
  });

  const open = (delivery: SessionDelivery) =>
    sessions.open({ user: ada, delivery, remember: false, amr: ['pwd'], client: CLIENT }, () => []);
  const openBearer = async () => {
    const { session, credentials } = await open('bearer');
    return { session, ...(credentials as BearerCredentials) };
  };
  const openCookie = async () => {
    const { session, credentials } = await open('cookie');
    return { session, value: (credentials as CookieCredentials).value };
  };
  const signOut = (headers: Record<string, string>, refreshToken?: string, out = service) =>
    out.signOut({ method: 'POST', headers }, refreshToken, CLIENT);
  const withCookie = (value: string, origin = HOME) => ({ cookie: `__Host-latchkey=${value}`, origin });
  const withToken = (token: string) => ({ authorization: `Bearer ${token}` });
  const lives = async ({ id }: Session) => (await rows.findState(id))!.session.revokedAt === null;
  /** As housekeeping does with sessions that are long over. */
  const deleteAll = () => rows.deleteExpired(Number.MAX_SAFE_INTEGER, 10);

  it('ends the session of each credential, and tells of it', async () => {
    const [laptop, phone, browser] = [await openBearer(), await openBearer(), await openCookie()];
    const headers = { ...withToken(laptop.accessToken), ...withCookie(browser.value) };

    expect(await signOut(headers, phone.refreshToken)).toEqual({ cookie: true });
    const ended = [laptop, phone, browser].map(({ session }) => session);
    expect(await Promise.all(ended.map(lives))).toEqual([false, false, false]);
    expect(happened.map(({ sessionId }) => sessionId)).toEqual(ended.map(({ id }) => id));
    expect(happened[0]).toMatchObject({ userId: String(ada.id), ip: CLIENT.ip, data: { reason: 'sign_out', count: 1 } });
  });

  it('leaves the other sessions of the user alone', async () => {
    const [laptop, phone] = [await openBearer(), await openBearer()];
    expect(await signOut(withToken(laptop.accessToken))).toEqual({ cookie: false });

    expect(await lives(laptop.session)).toBe(false);
    expect(await lives(phone.session)).toBe(true);
  });

  it('ends nothing for an access token from before the session got other secrets', async () => {
    const { session, accessToken } = await openBearer();
    await sessions.renew(session, ada.credentialsVersion);
    await signOut(withToken(accessToken));

    expect(await lives(session)).toBe(true);
    expect(happened).toEqual([]);
  });

  it('is no error with credentials of a session that is long gone', async () => {
    const [laptop, browser] = [await openBearer(), await openCookie()];
    await deleteAll();

    expect(await signOut(withToken(laptop.accessToken), laptop.refreshToken)).toEqual({ cookie: false });
    expect(await signOut(withCookie(browser.value))).toEqual({ cookie: true });
    expect(happened).toEqual([]);
  });

  it.each(['', 'nonsense', 'AAAAAAAAAAAAAAAAAAAAAA.short'])(
    'has a cookie forgotten that never was ours, without an error: "%s"',
    async (value) => {
      expect(await signOut(withCookie(value))).toEqual({ cookie: true });
    },
  );

  it('ends nothing for a cookie with the wrong secret', async () => {
    const [mine, other] = [await openCookie(), await openCookie()];
    const mixed = `${mine.value.split('.')[0]}.${other.value.split('.')[1]}`;
    await signOut(withCookie(mixed));

    expect(await lives(mine.session)).toBe(true);
    expect(await lives(other.session)).toBe(true);
  });

  it('ends nothing at all when a foreign page has sent the cookie', async () => {
    const [laptop, browser] = [await openBearer(), await openCookie()];
    const headers = { ...withToken(laptop.accessToken), ...withCookie(browser.value, 'https://evil.example') };

    await expect(signOut(headers)).rejects.toBeInstanceOf(OriginRejectedException);
    expect(await lives(laptop.session)).toBe(true);
    expect(await lives(browser.session)).toBe(true);
  });

  it('looks at no cookie where cookies are switched off', async () => {
    const { session, value } = await openCookie();

    expect(await signOut(withCookie(value, 'https://evil.example'), undefined, bearerOnly)).toEqual({ cookie: false });
    expect(await lives(session)).toBe(true);
  });
});

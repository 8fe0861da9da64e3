import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryAuditLog } from '../../testing/memory-storage/memory-audit-log.js';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { MemorySessionRepository } from '../../testing/memory-storage/memory-session.repository.js';
import { MemoryUnitOfWork } from '../../testing/memory-storage/memory-unit-of-work.js';
import { MemoryUserRepository } from '../../testing/memory-storage/memory-user.repository.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { KeyRing } from '../crypto/key-ring.js';
import {
  ForbiddenAccessException,
  OverloadedException,
  RefreshInvalidException,
  RefreshReusedException,
  ResourceNotFoundException,
  SessionRevokedException,
} from '../errors/auth.errors.js';
import type { AuthEvent } from '../events/auth-event.js';
import { AuthEvents } from '../events/auth-events.js';
import { resolveAuthOptions } from '../options/resolve-auth-options.js';
import type { Revocation } from '../ports/revocation-log.js';
import type { Session, SessionDelivery } from '../ports/session.repository.js';
import type { AuthUser } from '../ports/user.repository.js';
import { AccessTokenKeys } from '../tokens/access-token-keys.js';
import { AccessTokenSigner } from '../tokens/access-token-signer.js';
import { AccessTokenVerifier } from '../tokens/access-token-verifier.js';
import type { BearerCredentials, CookieCredentials, IssuedSession } from './issued-session.js';
import { RefreshService } from './refresh.service.js';
import type { RevocationAnnouncer } from './revocation-announcer.js';
import { SessionIssuer } from './session-issuer.js';
import { SessionTokens } from './session-tokens.js';
import { SessionsService } from './sessions.service.js';

const SECRET = 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only';
const NEXT = 'q8Zt5Lw1Vn4Xc7Rb2Mk9Hs6Jd3Pf0Gy-test-only-2';
const CLIENT = { ip: '203.0.113.7', userAgent: 'Browser/1', requestId: 'r-1' };
const PARTIES = { issuer: 'https://app.example.com', audience: 'https://app.example.com' };
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 1_440 * MINUTE;

/** What sessions live in, without HTTP. */
class House {
  readonly clock = new SettableClock(1_800_000_000_000);
  readonly database = new MemoryDatabase();
  readonly sessions = new MemorySessionRepository(this.database);
  readonly users = new MemoryUserRepository(this.database);
  readonly ring = new KeyRing([SECRET]);
  readonly keys = AccessTokenKeys.fromKeyRing(this.ring);
  readonly tokens = new SessionTokens(this.ring);
  readonly audit = new MemoryAuditLog(this.database);
  /** What was announced, and what happened; both in their order. */
  readonly announced: Revocation[] = [];
  readonly happened: AuthEvent[] = [];
  readonly service: SessionsService;
  readonly refreshes: RefreshService;

  constructor() {
    const units = new MemoryUnitOfWork(this.database);
    const options = resolveAuthOptions({ secret: SECRET, baseUrl: 'https://app.example.com', environment: 'test' });
    const signer = new AccessTokenSigner(this.keys, { ...PARTIES, ttl: options.tokens.accessTtl });
    const issuer = new SessionIssuer(options, this.tokens, signer);
    const announcer = {
      announce: async (...revocations: Revocation[]) => void this.announced.push(...revocations),
    } as unknown as RevocationAnnouncer;
    const nothing = {} as never;
    const events = new AuthEvents(this.audit, units, nothing, nothing, nothing);
    events.subscribe('*', (event) => this.happened.push(event));
    this.service = new SessionsService(this.sessions, issuer, this.tokens, announcer, units, events, this.clock);
    this.refreshes = new RefreshService(options, this.sessions, this.tokens, issuer, announcer, units, events, this.clock);
  }

  user(email = 'ada@example.com'): Promise<AuthUser> {
    return this.users.insert({ email, passwordHash: null, emailConfirmedAt: null, createdAt: new Date(), profile: {} });
  }

  open(user: AuthUser, delivery: SessionDelivery = 'bearer', remember = false, client = CLIENT): Promise<IssuedSession> {
    return this.service.open({ user, delivery, remember, amr: ['pwd'], client }, () => []);
  }

  async bearer(user: AuthUser): Promise<BearerCredentials & { session: Session }> {
    const { session, credentials } = await this.open(user);
    return { ...(credentials as BearerCredentials), session };
  }

  async row(id: string): Promise<Session> {
    return (await this.sessions.findState(id))!.session;
  }

  claimsOf({ accessToken }: BearerCredentials) {
    return new AccessTokenVerifier(this.keys, PARTIES).verify(accessToken, this.clock.now());
  }

  forgetWhatHappened(): void {
    this.announced.length = 0;
    this.happened.length = 0;
  }
}

let house: House;
let ada: AuthUser;
beforeEach(async () => {
  house = new House();
  ada = await house.user();
});

describe('opening a session', () => {
  it('keeps who, whence, how and until when', async () => {
    const { session } = await house.open(ada);
    const now = house.clock.now();

    expect(await house.row(session.id)).toEqual(session);
    expect(session).toMatchObject({
      userId: String(ada.id),
      delivery: 'bearer',
      remembered: false,
      credentialsVersion: ada.credentialsVersion,
      generation: 1,
      secretHash: null,
      amr: ['pwd'],
      ip: CLIENT.ip,
      userAgent: CLIENT.userAgent,
      revokedAt: null,
      keyId: house.tokens.refreshKeyId,
    });
    expect([session.rotatedAt, session.authTime, session.createdAt, session.lastSeenAt]).toEqual([now, now, now, now]);
    expect(session.seed).toMatch(/^[\w-]{43}$/);
  });

  it.each([
    ['bearer', false, { remembered: false, idle: 30 * DAY, absolute: 90 * DAY }],
    ['bearer', true, { remembered: false, idle: 30 * DAY, absolute: 90 * DAY }],
    ['cookie', false, { remembered: false, idle: 30 * MINUTE, absolute: DAY }],
    ['cookie', true, { remembered: true, idle: 30 * DAY, absolute: 90 * DAY }],
  ] as const)('as %s, remembered: %s, lasts %j', async (delivery, remember, { remembered, idle, absolute }) => {
    const { session } = await house.open(ada, delivery, remember);
    const now = house.clock.now();

    expect(session).toMatchObject({ remembered, idleExpiresAt: now + idle, absoluteExpiresAt: now + absolute });
  });

  it('gives a cookie that ends with the browser, or with the session when it is remembered', async () => {
    const maxAgeOf = async (remember: boolean) => {
      const { session, credentials } = await house.open(ada, 'cookie', remember);
      expect(credentials.delivery).toBe('cookie');
      // Nothing that a refresh token could be derived from.
      expect(session.seed).toBe('');
      return (credentials as CookieCredentials).maxAge;
    };

    expect(await maxAgeOf(false)).toBeNull();
    expect(await maxAgeOf(true)).toBe((90 * DAY) / SECOND);
  });

  it('gives an access token for this session and these secrets', async () => {
    const issued = await house.bearer(ada);

    expect(house.claimsOf(issued)).toMatchObject({ sub: String(ada.id), sid: issued.session.id, amr: ['pwd'] });
    expect(house.claimsOf(issued).authTime).toBe(house.clock.now());
    expect(issued).toMatchObject({ delivery: 'bearer', tokenType: 'Bearer', expiresIn: 900 });
    expect(JSON.parse(Buffer.from(issued.accessToken.split('.')[1]!, 'base64url').toString())).toMatchObject({
      ver: house.tokens.markOf(issued.session),
    });
  });

  it('shortens what a browser says of itself to what the column holds', async () => {
    const nameOf = async (userAgent: string | null) =>
      (await house.open(ada, 'bearer', false, { ...CLIENT, userAgent: userAgent! })).session.userAgent;

    expect(await nameOf('x'.repeat(600))).toBe('x'.repeat(512));
    expect(await nameOf(null)).toBeNull();
  });

  it('is an event, behind those of the way in', async () => {
    const { session } = await house.open(ada, 'cookie', true);

    expect(house.happened.map(({ type }) => type)).toEqual(['session.created']);
    expect(house.happened[0]).toMatchObject({
      userId: String(ada.id),
      sessionId: session.id,
      ip: CLIENT.ip,
      data: { delivery: 'cookie', remembered: true, amr: ['pwd'] },
    });
  });
});

describe('ending sessions', () => {
  it('ends one, for its owner only, and once', async () => {
    const { session } = await house.bearer(ada);
    const eve = await house.user('eve@example.com');
    house.forgetWhatHappened();

    await expect(house.service.revoke(String(eve.id), session.id)).rejects.toBeInstanceOf(ResourceNotFoundException);
    expect(house.announced).toEqual([]);
    await house.service.revoke(String(ada.id), session.id, CLIENT);
    await expect(house.service.revoke(String(ada.id), session.id)).rejects.toBeInstanceOf(ResourceNotFoundException);

    expect((await house.row(session.id)).revokedAt).toBe(house.clock.now());
    expect(house.announced).toEqual([{ kind: 'session', subject: session.id }]);
    expect(house.happened).toMatchObject([
      {
        type: 'session.revoked',
        userId: String(ada.id),
        sessionId: session.id,
        ip: CLIENT.ip,
        data: { reason: 'ended_by_user', count: 1 },
      },
    ]);
  });

  it('tells whether it has ended one', async () => {
    const { session } = await house.bearer(ada);

    expect(await house.service.end(String(ada.id), session.id, 'sign_out')).toBe(true);
    expect(await house.service.end(String(ada.id), session.id, 'sign_out')).toBe(false);
  });

  it('ends all but one, and counts them', async () => {
    const kept = await house.bearer(ada);
    const others = [await house.bearer(ada), await house.open(ada, 'cookie')];
    house.forgetWhatHappened();

    expect(await house.service.endAll(String(ada.id), 'disabled', CLIENT, kept.session.id)).toBe(2);
    expect((await house.service.list(String(ada.id))).map(({ id }) => id)).toEqual([kept.session.id]);
    for (const { session } of others) expect((await house.row(session.id)).revokedAt).toBe(house.clock.now());
    expect(house.announced).toEqual([{ kind: 'user', subject: String(ada.id) }]);
    expect(house.happened).toMatchObject([
      { type: 'session.revoked', userId: String(ada.id), sessionId: null, ip: CLIENT.ip, data: { reason: 'disabled', count: 2 } },
    ]);
  });

  it('makes every process forget the user, and writes of nothing, when there was nothing to end', async () => {
    expect(await house.service.endAll(String(ada.id), 'disabled')).toBe(0);

    expect(house.announced).toEqual([{ kind: 'user', subject: String(ada.id) }]);
    expect(house.happened).toEqual([]);
  });

  it('takes the one that stays over to the new credentials, and no other', async () => {
    const kept = await house.bearer(ada);
    const other = await house.bearer(ada);
    await house.service.endOthers(String(ada.id), 2, 'password_changed', CLIENT, kept.session.id);

    expect(await house.row(kept.session.id)).toMatchObject({ credentialsVersion: 2, revokedAt: null });
    expect(await house.row(other.session.id)).toMatchObject({ credentialsVersion: 1, revokedAt: house.clock.now() });
  });

  it('ends all of them when none is to stay', async () => {
    const { session } = await house.bearer(ada);
    house.sessions.carryOver = () => Promise.reject(new Error('none was to be carried over'));
    await house.service.endOthers(String(ada.id), 2, 'password_changed', CLIENT);

    expect(await house.row(session.id)).toMatchObject({ credentialsVersion: 1, revokedAt: house.clock.now() });
  });
});

describe('renewing a session', () => {
  it('gives other secrets under the new credentials, and its old ones are worth nothing', async () => {
    const before = await house.bearer(ada);
    await house.refreshes.refresh(before.refreshToken, async () => undefined);
    house.clock.advance('1h');
    house.forgetWhatHappened();
    const { session } = await house.service.renew(await house.row(before.session.id), 2);
    const now = house.clock.now();

    expect(await house.row(before.session.id)).toEqual(session);
    expect(session).toMatchObject({ id: before.session.id, credentialsVersion: 2, generation: 1, authTime: now, rotatedAt: now });
    expect(session).toMatchObject({
      lastSeenAt: now,
      idleExpiresAt: now + 30 * DAY,
      absoluteExpiresAt: before.session.absoluteExpiresAt,
    });
    expect(session.seed).not.toBe(before.session.seed);
    expect(house.announced).toEqual([{ kind: 'session', subject: session.id }]);
  });

  it('is refused when the session has ended meanwhile', async () => {
    const { session } = await house.bearer(ada);
    await house.service.end(String(ada.id), session.id, 'sign_out');
    house.forgetWhatHappened();

    await expect(house.service.renew(session, 2)).rejects.toBeInstanceOf(SessionRevokedException);
    expect(house.announced).toEqual([]);
  });
});

describe('proving again who one is', () => {
  it('keeps the tokens of a bearer session, and says how and when', async () => {
    const { session } = await house.bearer(ada);
    house.clock.advance('1h');
    house.forgetWhatHappened();
    const proved = await house.service.reauthenticate(session, ['pwd', 'otp']);

    expect(proved).toEqual({ session: { ...session, amr: ['pwd', 'otp'], authTime: house.clock.now() }, credentials: null });
    expect(await house.row(session.id)).toEqual(proved.session);
    expect(house.announced).toEqual([{ kind: 'session', subject: session.id }]);
  });

  it('gives a cookie session another cookie', async () => {
    const { session } = await house.open(ada, 'cookie');
    house.clock.advance('1m');
    const proved = await house.service.reauthenticate(session, ['otp']);
    const cookie = house.tokens.parseCookie((proved.credentials as CookieCredentials).value)!;

    expect(proved.session).toMatchObject({ id: session.id, amr: ['pwd', 'otp'], authTime: house.clock.now() });
    expect(house.tokens.matchesCookie(cookie, await house.row(session.id))).toBe(true);
    expect(proved.session.secretHash).not.toBe(session.secretHash);
  });

  it('lets the browser hold the cookie that works, when two prove it at once', async () => {
    const { session } = await house.open(ada, 'cookie');
    const proofs = await Promise.all([
      house.service.reauthenticate(session, ['pwd']),
      house.service.reauthenticate(session, ['pwd']),
    ]);
    const given = proofs.flatMap(({ credentials }) => (credentials === null ? [] : [credentials as CookieCredentials]));

    expect(given).toHaveLength(1);
    expect(house.tokens.matchesCookie(house.tokens.parseCookie(given[0]!.value)!, await house.row(session.id))).toBe(true);
  });

  it('gives another cookie also when the same one is kept under a newer key, of which memory has not heard', async () => {
    const { session, credentials } = await house.open(ada, 'cookie');
    house.ring.replace([NEXT, SECRET]);
    const cookie = house.tokens.parseCookie((credentials as CookieCredentials).value)!;
    await house.sessions.rekey(house.tokens.rekeyed(cookie, session)!);
    const proved = await house.service.reauthenticate(session, ['pwd']);

    expect(proved.credentials).not.toBeNull();
    expect(house.tokens.matchesCookie(cookie, await house.row(session.id))).toBe(false);
  });

  it('leaves the cookie alone that another proof has renewed under a newer key', async () => {
    const { session } = await house.open(ada, 'cookie');
    house.ring.replace([NEXT, SECRET]);
    house.clock.advance('1m');
    const first = await house.service.reauthenticate(session, ['pwd']);
    const second = await house.service.reauthenticate(session, ['pwd']);

    expect(second.credentials).toBeNull();
    expect((await house.row(session.id)).secretHash).toBe(first.session.secretHash);
  });

  it.each(['bearer', 'cookie'] as const)('is refused when the session has been cleaned up meanwhile (%s)', async (delivery) => {
    const { session } = await house.open(ada, delivery);
    await house.sessions.deleteExpired(Infinity, 10);

    await expect(house.service.reauthenticate(session, ['pwd'])).rejects.toBeInstanceOf(SessionRevokedException);
  });

  it.each(['bearer', 'cookie'] as const)('is refused when the session has ended meanwhile (%s)', async (delivery) => {
    const { session } = await house.open(ada, delivery);
    await house.service.end(String(ada.id), session.id, 'sign_out');
    house.forgetWhatHappened();

    await expect(house.service.reauthenticate(session, ['pwd'])).rejects.toBeInstanceOf(SessionRevokedException);
    expect(house.announced).toEqual([]);
  });
});

describe('refreshing', () => {
  const admit = async (): Promise<void> => undefined;
  const refused = (token: string) => expect(house.refreshes.refresh(token, admit)).rejects.toBeInstanceOf(RefreshInvalidException);
  /** A refresh token that would be genuine, but for the delivery of its session. */
  const tokenOfCookieRow = async (): Promise<string> => {
    const { session } = await house.bearer(ada);
    const row: Session = { ...session, id: house.tokens.newSessionId(), delivery: 'cookie' };
    await house.sessions.insert(row);
    return house.tokens.refreshToken(row);
  };

  it('moves the row on by one, under the newest key', async () => {
    const { session, refreshToken } = await house.bearer(ada);
    house.clock.advance('1d');
    house.ring.replace([NEXT, SECRET]);
    house.forgetWhatHappened();
    const next = await house.refreshes.refresh(refreshToken, admit, CLIENT);
    const now = house.clock.now();

    const row = await house.row(session.id);
    const moved = {
      generation: 2,
      keyId: house.tokens.refreshKeyId,
      rotatedAt: now,
      lastSeenAt: now,
      idleExpiresAt: now + 30 * DAY,
    };
    expect(row).toEqual({ ...session, ...moved });
    expect(next.refreshToken).toBe(house.tokens.refreshToken(row));
    expect(house.happened).toMatchObject([
      { type: 'session.refreshed', at: now, userId: String(ada.id), sessionId: session.id, ip: CLIENT.ip, data: { generation: 2 } },
    ]);
  });

  it('never prolongs a session over its absolute end, nor its last access token', async () => {
    const { session, ...first } = await house.bearer(ada);
    let { refreshToken } = first;
    for (let month = 0; month < 3; month++) {
      house.clock.advance('29d');
      ({ refreshToken } = await house.refreshes.refresh(refreshToken, admit));
    }
    expect((await house.row(session.id)).idleExpiresAt).toBe(session.absoluteExpiresAt);
    house.clock.set(session.absoluteExpiresAt - 90 * SECOND);
    const last = await house.refreshes.refresh(refreshToken, admit);

    expect(last.expiresIn).toBe(90);
    expect(house.claimsOf(last).exp).toBe(session.absoluteExpiresAt);
    house.clock.set(session.absoluteExpiresAt);
    await refused(last.refreshToken);
  });

  it('is refused at the very moment in which the idle time is over', async () => {
    const { session, refreshToken } = await house.bearer(ada);
    house.clock.set(session.idleExpiresAt);

    await refused(refreshToken);
  });

  it('gives the successor until the grace is over, to the millisecond, and takes the token for stolen after it', async () => {
    const { session, refreshToken } = await house.bearer(ada);
    const next = await house.refreshes.refresh(refreshToken, admit);
    house.clock.set(house.clock.now() + 10 * SECOND);
    expect((await house.refreshes.refresh(refreshToken, admit)).refreshToken).toBe(next.refreshToken);
    house.clock.set(house.clock.now() + 1);
    house.forgetWhatHappened();

    await expect(house.refreshes.refresh(refreshToken, admit, CLIENT)).rejects.toBeInstanceOf(RefreshReusedException);
    expect((await house.row(session.id)).revokedAt).toBe(house.clock.now());
    expect(house.announced).toEqual([{ kind: 'session', subject: session.id }]);
    expect(house.happened).toMatchObject([
      {
        type: 'session.reuseDetected',
        userId: String(ada.id),
        sessionId: session.id,
        ip: CLIENT.ip,
        data: { generation: 1, current: 2 },
      },
      { type: 'session.revoked', sessionId: session.id, data: { reason: 'reuse', count: 1 } },
    ]);
  });

  it('writes of a theft once, however often the token is shown at the same time', async () => {
    const { refreshToken } = await house.bearer(ada);
    await house.refreshes.refresh(refreshToken, admit);
    house.clock.advance('11s');
    house.forgetWhatHappened();
    await Promise.allSettled([1, 2, 3].map(() => house.refreshes.refresh(refreshToken, admit)));

    expect(house.happened).toHaveLength(2);
    expect(house.announced).toHaveLength(1);
  });

  it('asks the gate of this user and this session, for a successor that was given before as well', async () => {
    const { session, refreshToken } = await house.bearer(ada);
    const asked: unknown[] = [];
    const gate = async (user: AuthUser, { id, generation }: Session): Promise<void> => void asked.push([user.id, id, generation]);
    await house.refreshes.refresh(refreshToken, gate);
    await house.refreshes.refresh(refreshToken, gate);
    const refuse = () => Promise.reject(new ForbiddenAccessException());

    expect(asked).toEqual([
      [ada.id, session.id, 1],
      [ada.id, session.id, 2],
    ]);
    await expect(house.refreshes.refresh(refreshToken, refuse)).rejects.toBeInstanceOf(ForbiddenAccessException);
    expect(await house.row(session.id)).toMatchObject({ generation: 2, revokedAt: null });
  });

  it('is refused without asking the gate when the owner is locked, disabled, has newer credentials or is gone', async () => {
    const id = String(ada.id);
    const { refreshToken } = await house.bearer(ada);
    const gate = () => Promise.reject(new Error('asked'));
    const [session] = (await house.service.list(id)) as [Session];
    const sameVersion = async () => {
      await house.sessions.carryOver(session.id, (await house.users.findById(id))!.credentialsVersion, 0);
    };
    const refusedUnasked = () =>
      expect(house.refreshes.refresh(refreshToken, gate)).rejects.toBeInstanceOf(RefreshInvalidException);

    for (const act of ['setDisabled', 'setLocked'] as const) {
      await house.users[act](id, new Date());
      await sameVersion();
      await refusedUnasked();
      await house.users[act](id, null);
      await sameVersion();
    }
    await house.users.replacePassword(id, { passwordHash: 'h' });
    await refusedUnasked();
    await sameVersion();
    await house.refreshes.refresh(refreshToken, admit);
    await house.users.delete(id);
    await refused(refreshToken);
  });

  it('is refused once the session has ended, for the predecessor inside the grace as well', async () => {
    const { session, refreshToken } = await house.bearer(ada);
    const next = await house.refreshes.refresh(refreshToken, admit);
    await house.service.end(String(ada.id), session.id, 'sign_out');

    await refused(next.refreshToken);
    await refused(refreshToken);
  });

  it('is refused after the absolute end, whatever the row says of the idle time', async () => {
    const { session } = await house.bearer(ada);
    const row = { ...session, id: house.tokens.newSessionId(), absoluteExpiresAt: house.clock.now() };
    await house.sessions.insert(row);

    await refused(house.tokens.refreshToken(row));
  });

  it('is refused for a grandparent inside the grace, and ends nothing for it', async () => {
    const { session, refreshToken } = await house.bearer(ada);
    const second = await house.refreshes.refresh(refreshToken, admit);
    await house.refreshes.refresh(second.refreshToken, admit);

    await refused(refreshToken);
    expect(await house.row(session.id)).toMatchObject({ generation: 3, revokedAt: null });
  });

  it('is refused when the key of the successor leaves the ring while it is under way', async () => {
    const { refreshToken } = await house.bearer(ada);
    await house.refreshes.refresh(refreshToken, admit);
    const removing = async (): Promise<void> => house.ring.replace([NEXT]);

    await expect(house.refreshes.refresh(refreshToken, removing)).rejects.toBeInstanceOf(RefreshInvalidException);
  });

  it('is refused when the key that made the newest token has left the ring', async () => {
    const { session, refreshToken } = await house.bearer(ada);
    const second = (await house.refreshes.refresh(refreshToken, admit)).refreshToken;
    house.ring.replace([NEXT]);

    await refused(second);
    await refused(house.tokens.refreshToken({ ...session, keyId: house.tokens.refreshKeyId }));
    expect(await house.row(session.id)).toMatchObject({ generation: 2, revokedAt: null });
  });

  it('is refused when the row is a cookie session, whatever else it says', async () => {
    const token = await tokenOfCookieRow();

    await refused(token);
    expect(await house.refreshes.sessionOf(token)).toBeNull();
  });

  it('is refused for no token at all, a forged one, and one of a session that nobody knows, and ends nothing for it', async () => {
    const { session, refreshToken } = await house.bearer(ada);

    await refused('x');
    await refused(`${refreshToken.slice(0, -4)}AAAA`);
    await refused(house.tokens.refreshToken({ ...session, generation: 2 }));
    expect((await house.row(session.id)).revokedAt).toBeNull();
    await refused(house.tokens.refreshToken({ ...session, id: house.tokens.newSessionId() }));
  });

  it('starts anew when somebody else was faster, and gives what they got', async () => {
    const { refreshToken } = await house.bearer(ada);
    const first = house.refreshes.refresh(refreshToken, admit);
    const [one, other] = await Promise.all([first, house.refreshes.refresh(refreshToken, admit)]);

    expect(one.refreshToken).toBe(other.refreshToken);
  });

  it('gives up when it is overtaken again and again', async () => {
    const { refreshToken } = await house.bearer(ada);
    let tries = 0;
    house.sessions.rotate = async () => {
      tries++;
      return false;
    };

    await expect(house.refreshes.refresh(refreshToken, admit)).rejects.toBeInstanceOf(OverloadedException);
    expect(tries).toBe(5);
  });

  it('names the session of a genuine token of any generation, for signing out', async () => {
    const { session, refreshToken } = await house.bearer(ada);
    await house.refreshes.refresh(refreshToken, admit);
    const { sessionId, ...rest } = house.tokens.parseRefreshToken(refreshToken)!;
    const unknown = `${house.tokens.newSessionId()}.${rest.generation}.${rest.mac}`;

    expect((await house.refreshes.sessionOf(refreshToken))?.id).toBe(session.id);
    expect(sessionId).toBe(session.id);
    expect(await house.refreshes.sessionOf(refreshToken.replace('.1.', '.2.'))).toBeNull();
    expect(await house.refreshes.sessionOf(unknown)).toBeNull();
    expect(await house.refreshes.sessionOf('x')).toBeNull();
  });
});

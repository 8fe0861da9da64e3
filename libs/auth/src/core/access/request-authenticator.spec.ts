import { beforeEach, describe, expect, it } from 'vitest';
import { SettableClock } from '../../testing/settable-clock.js';
import { KeyRing } from '../crypto/key-ring.js';
import { resolveAuthOptions } from '../options/resolve-auth-options.js';
import type { Session, SessionDelivery } from '../ports/session.repository.js';
import type { UserRepository } from '../ports/user.repository.js';
import { SessionIssuer } from '../sessions/session-issuer.js';
import type { SessionStanding, SessionStates } from '../sessions/session-states.js';
import { SessionTokens } from '../sessions/session-tokens.js';
import { AccessTokenKeys } from '../tokens/access-token-keys.js';
import { AccessTokenSigner } from '../tokens/access-token-signer.js';
import { AccessTokenVerifier } from '../tokens/access-token-verifier.js';
import type { Authentication } from './authentication.js';
import { OriginRule } from './origin-rule.js';
import { RequestAuthenticator } from './request-authenticator.js';

const SECRET = 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only';
const NEXT = 'q8Zt5Lw1Vn4Xc7Rb2Mk9Hs6Jd3Pf0Gy-test-only-2';
const ORIGIN = 'https://app.example.com';
const COOKIE = '__Host-latchkey';
const HOUR = 3_600_000;
const PARTIES = { issuer: ORIGIN, audience: ORIGIN };

/** What this process remembers, and what SQL would say. */
class States {
  readonly remembered = new Map<string, Session>();
  readonly stored = new Map<string, SessionStanding>();
  readonly asked: string[] = [];
  readonly seenWith: unknown[] = [];

  peek = (id: string): Session | undefined => this.remembered.get(id);
  load = (id: string): Promise<SessionStanding> => this.answer('load', id);
  reload = (id: string): Promise<SessionStanding> => this.answer('reload', id);
  seen = (session: Session, _: number, rekeying: unknown = null): void => void this.seenWith.push([session.id, rekeying]);

  private async answer(how: string, id: string): Promise<SessionStanding> {
    this.asked.push(how);
    return this.stored.get(id) ?? { status: 'unknown' };
  }
}

class House {
  readonly clock = new SettableClock(1_800_000_000_000);
  readonly ring = new KeyRing([SECRET]);
  readonly keys = AccessTokenKeys.fromKeyRing(this.ring);
  readonly tokens = new SessionTokens(this.ring);
  readonly states = new States();
  private readonly options = resolveAuthOptions({
    secret: SECRET,
    baseUrl: ORIGIN,
    environment: 'test',
    delivery: ['bearer', 'cookie'],
  });
  private readonly signer = new AccessTokenSigner(this.keys, { ...PARTIES, ttl: HOUR });
  readonly issuer = new SessionIssuer(this.options, this.tokens, this.signer);
  readonly authenticator = this.withDelivery(['bearer', 'cookie']);

  withDelivery(delivery: SessionDelivery[]): RequestAuthenticator {
    return new RequestAuthenticator(
      { ...this.options, delivery },
      new AccessTokenVerifier(this.keys, PARTIES),
      this.states as unknown as SessionStates,
      this.tokens,
      new OriginRule(this.options),
      {} as UserRepository,
      this.clock,
    );
  }

  /** A session as SQL has it, and its credential. */
  open(delivery: SessionDelivery, change: Partial<Session> = {}): { session: Session; credential: string } {
    const now = this.clock.now();
    const bare = {
      id: this.tokens.newSessionId(),
      userId: 'u-1',
      delivery,
      authTime: now,
      amr: ['pwd'],
      absoluteExpiresAt: now + 24 * HOUR,
    };
    const { session, credentials } = this.issuer.issue({ ...bare, remembered: false, ...change } as Session, now);
    this.states.stored.set(session.id, { status: 'live', session });
    return { session, credential: credentials.delivery === 'cookie' ? credentials.value : credentials.accessToken };
  }

  /** As {@link open}, and known to this process. */
  remember(delivery: SessionDelivery): { session: Session; credential: string } {
    const opened = this.open(delivery);
    this.states.remembered.set(opened.session.id, opened.session);
    return opened;
  }

  bearer(token: string) {
    return this.ask({ authorization: `Bearer ${token}` });
  }

  cookie(value: string, headers: Record<string, string> = {}, method = 'GET') {
    return this.ask({ cookie: `${COOKIE}=${value}`, ...headers }, method);
  }

  async ask(headers: Record<string, string>, method = 'GET'): Promise<Authentication | null> {
    return this.authenticator.authenticate({ method, headers });
  }
}

let house: House;
beforeEach(() => {
  house = new House();
});
const code = (errorCode: string): Error => expect.objectContaining({ errorCode }) as Error;

describe('a request without a credential', () => {
  it('is nobody’s', () => {
    for (const headers of [{}, { authorization: 'Basic abc' }, { cookie: 'other=1' }]) {
      expect(house.authenticator.authenticate({ method: 'GET', headers })).toBeNull();
    }
    expect(house.states.asked).toEqual([]);
  });

  it('is one that has it in a way that is not delivered', async () => {
    const bearer = house.remember('bearer').credential;
    const cookie = house.remember('cookie').credential;
    const ask = (delivery: SessionDelivery, headers: Record<string, string>) =>
      house.withDelivery([delivery]).authenticate({ method: 'GET', headers });
    expect(ask('cookie', { authorization: `Bearer ${bearer}` })).toBeNull();
    expect(ask('bearer', { cookie: `${COOKIE}=${cookie}` })).toBeNull();
  });
});

describe('an access token', () => {
  it('is admitted at once when its session is remembered', () => {
    const { session, credential } = house.remember('bearer');
    const admitted = house.authenticator.authenticate({ method: 'GET', headers: { authorization: `Bearer ${credential}` } });
    expect(admitted).toMatchObject({ session, via: 'bearer', userId: 'u-1' });
    expect(house.states.asked).toEqual([]);
    expect(house.states.seenWith).toEqual([[session.id, null]]);
  });

  it('is admitted when SQL has its session', async () => {
    const { session, credential } = house.open('bearer');
    expect(await house.bearer(credential)).toMatchObject({ session, via: 'bearer' });
    expect(house.states.asked).toEqual(['load']);
    expect(house.states.seenWith).toEqual([[session.id, null]]);
  });

  it('wins over a cookie, a bad one too', async () => {
    const { credential } = house.remember('cookie');
    await expect(house.ask({ authorization: 'Bearer bad', cookie: `${COOKIE}=${credential}` })).rejects.toThrow(
      code('auth.token_invalid'),
    );
  });

  it.each([
    ['expired', 'auth.token_expired'],
    ['revoked', 'auth.session_revoked'],
    ['unknown', 'auth.token_invalid'],
  ] as const)('of a session that is %s is refused', async (status, errorCode) => {
    const { session, credential } = house.open('bearer');
    house.states.stored.set(session.id, { status });
    await expect(house.bearer(credential)).rejects.toThrow(code(errorCode));
    expect(house.states.seenWith).toEqual([]);
  });

  it('is admitted when another process has renewed its session, which is read again', async () => {
    const { session, credential } = house.open('bearer');
    house.states.remembered.set(session.id, { ...session, seed: 'before' });
    expect(await house.bearer(credential)).toMatchObject({ session });
    expect(house.states.asked).toEqual(['reload']);
  });

  it('of secrets that its session has no more is refused as revoked', async () => {
    const { session, credential } = house.remember('bearer');
    const renewed = { ...session, seed: house.tokens.newSeed() };
    house.states.remembered.set(session.id, renewed);
    house.states.stored.set(session.id, { status: 'live', session: renewed });
    await expect(house.bearer(credential)).rejects.toThrow(code('auth.session_revoked'));
  });

  it.each([
    ['another user', { userId: 'u-2' }],
    ['a cookie', { delivery: 'cookie' as const }],
  ])('that names a session of %s is refused', async (_, change) => {
    const { session, credential } = house.open('bearer');
    const other = { ...session, ...change };
    house.states.remembered.set(session.id, other);
    house.states.stored.set(session.id, { status: 'live', session: other });
    await expect(house.bearer(credential)).rejects.toThrow(code('auth.token_invalid'));
  });
});

describe('a cookie', () => {
  it('is admitted at once when its session is remembered, however often', () => {
    const { session, credential } = house.remember('cookie');
    const request = { method: 'GET', headers: { cookie: `${COOKIE}=${credential}` } };
    for (let i = 0; i < 3; i++) expect(house.authenticator.authenticate(request)).toMatchObject({ session, via: 'cookie' });
    expect(house.states.asked).toEqual([]);
  });

  it('is admitted when SQL has its session', async () => {
    const { session, credential } = house.open('cookie');
    expect(await house.cookie(credential)).toMatchObject({ session, via: 'cookie' });
    expect(house.states.asked).toEqual(['load']);
  });

  it('is read again when this process remembers another secret', async () => {
    const { session, credential } = house.open('cookie');
    house.states.remembered.set(session.id, { ...session, secretHash: 'before' });
    expect(await house.cookie(credential)).toMatchObject({ session });
    expect(house.states.asked).toEqual(['reload']);
  });

  it.each(['', 'x', 'a.b'])('that is none of ours ("%s") is refused', async (value) => {
    await expect(house.cookie(value)).rejects.toThrow(code('auth.token_invalid'));
    expect(house.states.asked).toEqual([]);
  });

  it('with another secret is refused, also after the right one was seen', async () => {
    const { session, credential } = house.remember('cookie');
    await house.cookie(credential);
    const forged = `${session.id}.${house.tokens.newSeed()}`;
    await expect(house.cookie(forged)).rejects.toThrow(code('auth.token_invalid'));
    expect(await house.cookie(credential)).toMatchObject({ session });
  });

  it('that names a bearer session is refused', async () => {
    const { session, credential } = house.open('cookie');
    const bearer = { ...session, delivery: 'bearer' as const };
    house.states.stored.set(session.id, { status: 'live', session: bearer });
    await expect(house.cookie(credential)).rejects.toThrow(code('auth.token_invalid'));
  });

  it('writes nothing from another origin', async () => {
    const { credential } = house.remember('cookie');
    await expect(house.cookie(credential, { origin: 'https://evil.example' }, 'POST')).rejects.toThrow(
      code('auth.origin_rejected'),
    );
    expect(await house.cookie(credential, { origin: ORIGIN }, 'POST')).not.toBeNull();
  });

  it('moves to the newest secret when it is used', async () => {
    const { session, credential } = house.remember('cookie');
    house.ring.replace([NEXT, SECRET]);
    await house.cookie(credential);
    expect(house.states.seenWith).toEqual([[session.id, expect.objectContaining({ id: session.id, from: session.secretHash })]]);
  });

  it('is looked at again when secrets have changed, and refused without its own', async () => {
    const { credential } = house.remember('cookie');
    expect(await house.cookie(credential)).not.toBeNull();
    house.ring.replace([NEXT]);
    await expect(house.cookie(credential)).rejects.toThrow(code('auth.token_invalid'));
  });
});

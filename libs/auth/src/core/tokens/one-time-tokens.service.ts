import { Injectable } from '@nestjs/common';
import { KeyRing } from '../crypto/key-ring.js';
import { constantTimeEqual, keyedHash } from '../crypto/keyed-hash.js';
import { randomToken } from '../crypto/random.js';
import { OneTimeTokenInvalidException } from '../errors/auth.errors.js';
import { Clock } from '../ports/clock.js';
import { type OneTimeToken, OneTimeTokenRepository } from '../ports/one-time-token.repository.js';
import { type AuthUser, UserRepository } from '../ports/user.repository.js';

export interface OneTimeTokenRequest {
  /** What it is for, e.g. `password-reset`; a token works nowhere else. */
  purpose: string;
  /** Of one purpose and subject only the newest works. @default the user's id */
  subject?: string;
  /** Finds the newest of several subjects again, see {@link OneTimeTokensService.newest}. At most 64 characters. */
  group?: string;
  /** Binds the token to the account and its present address. */
  user?: AuthUser;
  /** What the flow needs back; no credential in the clear. */
  payload?: Record<string, unknown>;
  /** Milliseconds. */
  ttl: number;
}

/** What is known of a token without its secret. */
export interface OutstandingToken {
  subject: string;
  payload: Record<string, unknown> | null;
}

export interface RedeemedToken {
  subject: string;
  /** `null` for tokens that are bound to no account. */
  user: AuthUser | null;
  payload: Record<string, unknown> | null;
}

const TOKEN = /^([\w-]{22})\.([\w-]{43})$/;
const PURPOSE = 'one-time-token';

/**
 * Every single-use secret of the library. A token is `selector.secret`, 128 and 256 random bits; only a keyed hash of the secret is
 * stored, and one conditional statement decides who uses it.
 */
@Injectable()
export class OneTimeTokensService {
  constructor(
    private readonly repository: OneTimeTokenRepository,
    private readonly users: UserRepository,
    private readonly ring: KeyRing,
    private readonly clock: Clock,
  ) {}

  /** Inside the unit of work of the flow; earlier tokens of the same purpose and subject are dead. */
  async issue({ purpose, user, subject, group, payload, ttl }: OneTimeTokenRequest): Promise<string> {
    const owner = subject ?? (user === undefined ? undefined : String(user.id));
    if (owner === undefined) throw new TypeError('A one-time token needs a subject or a user');
    const now = this.clock.now();
    return this.store({
      purpose,
      subject: owner,
      groupKey: group ?? null,
      userId: user === undefined ? null : String(user.id),
      emailVersion: user?.emailVersion ?? null,
      payload: payload ?? null,
      createdAt: now,
      expiresAt: now + ttl,
    });
  }

  /**
   * The same token with a new secret and a new time: for mail that is composed off the request, or sent again. The old secret is dead.
   *
   * @returns `null` when there is none any more: used, cancelled or expired
   */
  async reissue(purpose: string, subject: string, ttl: number): Promise<(OutstandingToken & { token: string }) | null> {
    const stored = await this.repository.findBySubject(purpose, subject);
    const now = this.clock.now();
    if (stored === null || stored.expiresAt <= now) return null;
    const { selector: _, secretHash: __, ...rest } = stored;
    return { token: await this.store({ ...rest, expiresAt: now + ttl }), subject, payload: stored.payload };
  }

  /** What is outstanding for a subject and has not expired, without its secret. */
  async outstanding(purpose: string, subject: string): Promise<OutstandingToken | null> {
    const stored = await this.repository.findBySubject(purpose, subject);
    return stored === null || stored.expiresAt <= this.clock.now() ? null : { subject, payload: stored.payload };
  }

  /** The newest of a group that has not expired. One statement. */
  async newest(purpose: string, group: string): Promise<OutstandingToken | null> {
    const stored = await this.repository.findNewest(purpose, group, this.clock.now());
    return stored === null ? null : { subject: stored.subject, payload: stored.payload };
  }

  /**
   * Which of `purposes` a token is for, for routes that take several.
   *
   * @throws OneTimeTokenInvalidException when it is for none, or would not be redeemed
   */
  async purposeOf(token: unknown, purposes: readonly string[]): Promise<string> {
    const parsed = parse(token);
    const stored = await this.repository.find(parsed.selector);
    if (stored === null || !purposes.includes(stored.purpose) || !this.matches(stored, parsed.secret)) {
      throw new OneTimeTokenInvalidException();
    }
    return stored.purpose;
  }

  /**
   * Looks without using it up, so that a fault elsewhere in the request does not burn it.
   *
   * @throws OneTimeTokenInvalidException
   */
  async inspect(purpose: string, token: unknown): Promise<RedeemedToken> {
    return (await this.genuine(purpose, token)).redeemed;
  }

  /**
   * Uses the token up, in the caller's unit of work: when that rolls back the token is good again.
   *
   * @throws OneTimeTokenInvalidException unknown, of another purpose, used, replaced, expired, or of an address that has changed
   */
  async redeem(purpose: string, token: unknown): Promise<RedeemedToken> {
    const { stored, redeemed } = await this.genuine(purpose, token);
    if (!(await this.repository.consume(stored.selector, purpose, stored.secretHash, this.clock.now()))) {
      throw new OneTimeTokenInvalidException();
    }
    return redeemed;
  }

  private async genuine(purpose: string, token: unknown): Promise<{ stored: OneTimeToken; redeemed: RedeemedToken }> {
    const { selector, secret } = parse(token);
    const stored = await this.repository.find(selector);
    if (stored === null || stored.purpose !== purpose || stored.expiresAt <= this.clock.now() || !this.matches(stored, secret)) {
      throw new OneTimeTokenInvalidException();
    }
    const user = stored.userId === null ? null : await this.users.findById(stored.userId);
    if (stored.userId !== null && (user === null || user.emailVersion !== stored.emailVersion))
      throw new OneTimeTokenInvalidException();
    return { stored, redeemed: { subject: stored.subject, user, payload: stored.payload } };
  }

  private async store(token: Omit<OneTimeToken, 'selector' | 'secretHash'>): Promise<string> {
    const selector = randomToken(16);
    const secret = randomToken(32);
    const secretHash = keyedHash(this.ring.current(PURPOSE).key, token.purpose, selector, secret);
    await this.repository.replace({ selector, secretHash, ...token });
    return `${selector}.${secret}`;
  }

  private matches({ purpose, selector, secretHash }: OneTimeToken, secret: string): boolean {
    return this.ring.all(PURPOSE).some(({ key }) => constantTimeEqual(keyedHash(key, purpose, selector, secret), secretHash));
  }
}

/** @throws OneTimeTokenInvalidException for what has not the form of a token */
function parse(token: unknown): { selector: string; secret: string } {
  const match = typeof token === 'string' ? TOKEN.exec(token) : null;
  if (match === null) throw new OneTimeTokenInvalidException();
  const [, selector, secret] = match as unknown as [string, string, string];
  return { selector, secret };
}

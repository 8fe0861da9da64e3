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
  /** Binds the token to the account and its present address. */
  user?: AuthUser;
  /** What the flow needs back; no credential in the clear. */
  payload?: Record<string, unknown>;
  /** Milliseconds. */
  ttl: number;
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
  async issue({ purpose, user, subject, payload, ttl }: OneTimeTokenRequest): Promise<string> {
    const owner = subject ?? (user === undefined ? undefined : String(user.id));
    if (owner === undefined) throw new TypeError('A one-time token needs a subject or a user');
    const selector = randomToken(16);
    const secret = randomToken(32);
    const now = this.clock.now();
    await this.repository.replace({
      selector,
      secretHash: keyedHash(this.ring.current(PURPOSE).key, purpose, selector, secret),
      purpose,
      subject: owner,
      userId: user === undefined ? null : String(user.id),
      emailVersion: user?.emailVersion ?? null,
      payload: payload ?? null,
      createdAt: now,
      expiresAt: now + ttl,
    });
    return `${selector}.${secret}`;
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
    const match = typeof token === 'string' ? TOKEN.exec(token) : null;
    if (match === null) throw new OneTimeTokenInvalidException();
    const [, selector, secret] = match as unknown as [string, string, string];
    const stored = await this.repository.find(selector);
    if (stored === null || stored.purpose !== purpose || stored.expiresAt <= this.clock.now() || !this.matches(stored, secret)) {
      throw new OneTimeTokenInvalidException();
    }
    const user = stored.userId === null ? null : await this.users.findById(stored.userId);
    if (stored.userId !== null && (user === null || user.emailVersion !== stored.emailVersion))
      throw new OneTimeTokenInvalidException();
    return { stored, redeemed: { subject: stored.subject, user, payload: stored.payload } };
  }

  private matches({ purpose, selector, secretHash }: OneTimeToken, secret: string): boolean {
    return this.ring.all(PURPOSE).some(({ key }) => constantTimeEqual(keyedHash(key, purpose, selector, secret), secretHash));
  }
}

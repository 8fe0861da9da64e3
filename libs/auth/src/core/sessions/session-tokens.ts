import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { KeyRing } from '../crypto/key-ring.js';
import { constantTimeEqual, keyedHash } from '../crypto/keyed-hash.js';
import { randomToken } from '../crypto/random.js';
import type { Session, SessionRekeying } from '../ports/session.repository.js';

const REFRESH = /^([\w-]{22})\.([1-9]\d{0,9})\.([\w-]{43})$/;
const COOKIE = /^([\w-]{22})\.([\w-]{43})$/;

export interface PresentedRefreshToken {
  sessionId: string;
  generation: number;
  mac: string;
}

export interface PresentedCookie {
  sessionId: string;
  secret: string;
}

/**
 * The two credentials of a session.
 *
 * A refresh token is `session.generation.MAC`. Nothing of it is stored: it follows from a key of the ring, the row's random seed and the
 * generation, which is why the predecessor inside the grace can be given the very same successor. Without the ring the row is worth
 * nothing, without the row the ring is worth nothing.
 *
 * A cookie is `session.secret`; the row keeps a keyed hash of the secret, which moves to a newer key when the cookie is used.
 */
@Injectable()
export class SessionTokens {
  /** By session object, which changes with its row: asked for with every request. */
  private readonly marks = new WeakMap<object, string>();

  constructor(private readonly ring: KeyRing) {}

  /**
   * What the access tokens of a bearer session name it by besides its id: changes with its secrets, so that a session which goes on with new
   * ones drops the access tokens that it had. Tells nothing about the seed: 66 bits of a digest of 256 random ones.
   */
  markOf(session: Pick<Session, 'seed'>): string {
    let mark = this.marks.get(session);
    if (mark === undefined) {
      mark = hash('sha256', session.seed, 'base64url').slice(0, 11);
      this.marks.set(session, mark);
    }
    return mark;
  }

  newSessionId(): string {
    return randomToken(16);
  }

  newSeed(): string {
    return randomToken(32);
  }

  /** Name of the key that makes refresh tokens now. */
  get refreshKeyId(): string {
    return this.ring.current('refresh-token').id;
  }

  /** @throws TypeError when the session's key is no longer in the ring; ask {@link canRefresh} first */
  refreshToken({ id, generation, seed, keyId }: Pick<Session, 'id' | 'generation' | 'seed' | 'keyId'>): string {
    const key = this.ring.get('refresh-token', keyId);
    if (key === null) throw new TypeError('The key of this session is not in the ring');
    return `${id}.${generation}.${keyedHash(key.key, id, generation, seed)}`;
  }

  parseRefreshToken(text: string): PresentedRefreshToken | null {
    const match = REFRESH.exec(text);
    return match === null ? null : { sessionId: match[1]!, generation: Number(match[2]), mac: match[3]! };
  }

  /** The key that made the session's current token is still in the ring. */
  canRefresh({ keyId }: Pick<Session, 'keyId'>): boolean {
    return this.ring.get('refresh-token', keyId) !== null;
  }

  /** Whether we made this token for this session, as its current or an earlier generation. */
  isGenuine(token: PresentedRefreshToken, session: Pick<Session, 'id' | 'generation' | 'seed' | 'keyId'>): boolean {
    if (token.generation > session.generation) return false;
    const keys =
      token.generation === session.generation ? [this.ring.get('refresh-token', session.keyId)] : this.ring.all('refresh-token');
    return keys.some(
      (key) => key !== null && constantTimeEqual(keyedHash(key.key, session.id, token.generation, session.seed), token.mac),
    );
  }

  newCookie(sessionId: string): { value: string; secretHash: string; keyId: string } {
    const secret = randomToken(32);
    const { id, key } = this.ring.current('session-cookie');
    return { value: `${sessionId}.${secret}`, secretHash: keyedHash(key, sessionId, secret), keyId: id };
  }

  parseCookie(text: string): PresentedCookie | null {
    const match = COOKIE.exec(text);
    return match === null ? null : { sessionId: match[1]!, secret: match[2]! };
  }

  /** Changes when other secrets are put in force: what matched before has to be looked at again. */
  get keysVersion(): number {
    return this.ring.version;
  }

  /** How the row of a session keeps this cookie under the key that makes cookies now; `null` when it does already. */
  rekeyed(
    cookie: PresentedCookie,
    { id, secretHash, keyId }: Pick<Session, 'id' | 'secretHash' | 'keyId'>,
  ): SessionRekeying | null {
    const current = this.ring.current('session-cookie');
    if (current.id === keyId || secretHash === null) return null;
    return { id, from: secretHash, secretHash: keyedHash(current.key, id, cookie.secret), keyId: current.id };
  }

  matchesCookie(cookie: PresentedCookie, session: Pick<Session, 'id' | 'secretHash' | 'keyId'>): boolean {
    const key = this.ring.get('session-cookie', session.keyId);
    return (
      key !== null &&
      session.secretHash !== null &&
      constantTimeEqual(keyedHash(key.key, session.id, cookie.secret), session.secretHash)
    );
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { AUTH_OPTIONS, type ResolvedAuthOptions, type ResolvedLifetime } from '../options/auth.options.js';
import type { Session } from '../ports/session.repository.js';
import { AccessTokenSigner } from '../tokens/access-token-signer.js';
import type { IssuedSession } from './issued-session.js';
import { SessionTokens } from './session-tokens.js';

/** Claim that ties an access token to the secrets of its session: one that lives on after a password change drops its old tokens. */
export const SESSION_MARK_CLAIM = 'ver';

/** Makes the secrets of sessions, and nothing else does. Stores nothing. */
@Injectable()
export class SessionIssuer {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly tokens: SessionTokens,
    private readonly signer: AccessTokenSigner,
  ) {}

  lifetimeOf({ delivery, remembered }: Pick<Session, 'delivery' | 'remembered'>): ResolvedLifetime {
    const { bearer, cookie, remembered: long } = this.options.sessions;
    if (delivery === 'bearer') return bearer;
    return remembered ? long : cookie;
  }

  /** When a session that is used now ends for want of use. */
  idleExpiryOf(session: Pick<Session, 'delivery' | 'remembered' | 'absoluteExpiresAt'>, now: number): number {
    return Math.min(now + this.lifetimeOf(session).idle, session.absoluteExpiresAt);
  }

  /** The session with fresh secrets (also those to be stored), and what the client gets. */
  issue(session: Session, now: number): IssuedSession {
    if (session.delivery === 'cookie') {
      const { value, secretHash, keyId } = this.tokens.newCookie(session.id);
      const maxAge = session.remembered ? Math.floor((session.absoluteExpiresAt - now) / 1000) : null;
      return { session: { ...session, secretHash, keyId }, credentials: { delivery: 'cookie', value, maxAge } };
    }
    const stored = { ...session, secretHash: null, seed: this.tokens.newSeed(), generation: 1, keyId: this.tokens.refreshKeyId };
    return { session: stored, credentials: this.bearer(stored, now) };
  }

  /** Access token and current refresh token of a bearer session as it stands. */
  bearer(session: Session, now: number): IssuedSession['credentials'] & { delivery: 'bearer' } {
    const expiresAt = Math.min(now + this.options.tokens.accessTtl, session.absoluteExpiresAt);
    const accessToken = this.signer.sign(
      { sub: session.userId, sid: session.id, authTime: session.authTime, amr: session.amr },
      now,
      { notAfter: session.absoluteExpiresAt, claims: { [SESSION_MARK_CLAIM]: this.tokens.markOf(session) } },
    );
    return {
      delivery: 'bearer',
      accessToken,
      refreshToken: this.tokens.refreshToken(session),
      tokenType: 'Bearer',
      expiresIn: Math.max(0, Math.floor((expiresAt - now) / 1000)),
    };
  }
}

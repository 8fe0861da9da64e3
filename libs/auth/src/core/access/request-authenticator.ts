import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SessionRevokedException, TokenExpiredException, TokenInvalidException } from '../errors/auth.errors.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { Clock } from '../ports/clock.js';
import type { Session } from '../ports/session.repository.js';
import { UserRepository } from '../ports/user.repository.js';
import { SESSION_MARK_CLAIM } from '../sessions/session-issuer.js';
import { SessionStates } from '../sessions/session-states.js';
import { type PresentedCookie, SessionTokens } from '../sessions/session-tokens.js';
import type { VerifiedAccessToken } from '../tokens/access-token.js';
import { AccessTokenVerifier } from '../tokens/access-token-verifier.js';
import { Authentication } from './authentication.js';
import { bearerOf, cookieOf, type HttpRequest } from './http-request.js';
import { OriginRule } from './origin-rule.js';

/** From a request to its session. Synchronous, without I/O, for a session that this process knows; that is nearly every request. */
@Injectable()
export class RequestAuthenticator {
  private readonly bearer: boolean;
  private readonly cookieName: string | null;
  /** Digest of the cookie that last matched the session; the session object changes with its row. */
  private matchedCookies = new WeakMap<Session, string>();
  private keysVersion = 0;

  constructor(
    @Inject(AUTH_OPTIONS) options: ResolvedAuthOptions,
    private readonly verifier: AccessTokenVerifier,
    private readonly states: SessionStates,
    private readonly tokens: SessionTokens,
    private readonly origins: OriginRule,
    private readonly users: UserRepository,
    private readonly clock: Clock,
  ) {
    this.bearer = options.delivery.includes('bearer');
    this.cookieName = options.delivery.includes('cookie') ? options.cookie.name : null;
  }

  /**
   * `null` when the request carries no credential. A bearer token wins over a cookie, a bad one too.
   *
   * @throws TokenInvalidException, TokenExpiredException, SessionRevokedException, OriginRejectedException, StoreUnavailableException
   */
  authenticate(request: HttpRequest): Authentication | null | Promise<Authentication> {
    const token = this.bearer ? bearerOf(request.headers) : null;
    if (token !== null) return this.byAccessToken(token);
    const cookie = this.cookieName === null ? null : cookieOf(request.headers, this.cookieName);
    return cookie === null ? null : this.byCookie(cookie, request);
  }

  /** As the guard does, for a bare token (Passport's `latchkey-jwt`). */
  byAccessToken(token: string): Authentication | Promise<Authentication> {
    const now = this.clock.now();
    const verified = this.verifier.verify(token, now);
    const session = this.states.peek(verified.sid, now);
    if (session !== undefined && this.isOf(verified, session)) return this.admitBearer(session, now);
    return this.current(verified.sid, session).then((loaded) => {
      if (this.isOf(verified, loaded)) return this.admitBearer(loaded, now);
      throw isBearer(verified, loaded) ? new SessionRevokedException() : new TokenInvalidException();
    });
  }

  private byCookie(value: string, request: HttpRequest): Authentication | Promise<Authentication> {
    const cookie = this.tokens.parseCookie(value);
    if (cookie === null) throw new TokenInvalidException();
    this.origins.assertWriteAllowed(request);
    const now = this.clock.now();
    const digest = hash('sha256', value, 'base64url');
    const session = this.states.peek(cookie.sessionId, now);
    if (session !== undefined && this.matches(cookie, digest, session)) return this.admitCookie(session, cookie, now);
    return this.current(cookie.sessionId, session).then((loaded) => {
      if (this.matches(cookie, digest, loaded)) return this.admitCookie(loaded, cookie, now);
      throw new TokenInvalidException();
    });
  }

  /** Issued to this session, with the secrets that it has now. */
  private isOf(token: VerifiedAccessToken, session: Session): boolean {
    return isBearer(token, session) && this.tokens.markOf(session) === token.claims[SESSION_MARK_CLAIM];
  }

  private matches(cookie: PresentedCookie, digest: string, session: Session): boolean {
    if (this.keysVersion !== this.tokens.keysVersion) {
      this.keysVersion = this.tokens.keysVersion;
      this.matchedCookies = new WeakMap();
    }
    if (this.matchedCookies.get(session) === digest) return true;
    if (session.delivery !== 'cookie' || !this.tokens.matchesCookie(cookie, session)) return false;
    this.matchedCookies.set(session, digest);
    return true;
  }

  private admitBearer(session: Session, now: number): Authentication {
    this.states.seen(session, now);
    return new Authentication(session, 'bearer', this.users);
  }

  private admitCookie(session: Session, cookie: PresentedCookie, now: number): Authentication {
    this.states.seen(session, now, this.tokens.rekeyed(cookie, session));
    return new Authentication(session, 'cookie', this.users);
  }

  /**
   * The session as SQL has it, when memory does not know it, or knows one that the credential does not fit: another node may have renewed
   * it a moment ago, and whoever holds the new secret must not be refused for what this process has not heard yet.
   */
  private async current(sessionId: string, remembered: Session | undefined): Promise<Session> {
    const standing = await (remembered === undefined ? this.states.load(sessionId) : this.states.reload(sessionId));
    switch (standing.status) {
      case 'live':
        return standing.session;
      case 'expired':
        throw new TokenExpiredException();
      case 'revoked':
        throw new SessionRevokedException();
      case 'unknown':
        throw new TokenInvalidException();
    }
  }
}

const isBearer = (token: VerifiedAccessToken, session: Session): boolean =>
  session.userId === token.sub && session.delivery === 'bearer';

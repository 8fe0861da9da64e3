import { Inject, Injectable } from '@nestjs/common';
import { bearerOf, cookieOf, type HttpRequest } from '../access/http-request.js';
import { OriginRule } from '../access/origin-rule.js';
import type { ClientInfo } from '../events/client-info.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { Clock } from '../ports/clock.js';
import { type Session, SessionRepository } from '../ports/session.repository.js';
import { SESSION_MARK_CLAIM } from '../sessions/session-issuer.js';
import { RefreshService } from '../sessions/refresh.service.js';
import { SessionTokens } from '../sessions/session-tokens.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { AccessTokenVerifier } from '../tokens/access-token-verifier.js';

/** Ends the session that a request proves to hold, by any of its credentials, expired or not. */
@Injectable()
export class SignOutService {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly verifier: AccessTokenVerifier,
    private readonly tokens: SessionTokens,
    private readonly repository: SessionRepository,
    private readonly refreshes: RefreshService,
    private readonly sessions: SessionsService,
    private readonly origins: OriginRule,
    private readonly clock: Clock,
  ) {}

  /**
   * A credential that is not genuine ends nothing and is no error: who has no session is signed out.
   *
   * @returns whether the request carried our cookie, which the client is to forget
   * @throws OriginRejectedException when a foreign page sent the cookie
   */
  async signOut(request: HttpRequest, refreshToken: string | undefined, client: ClientInfo): Promise<{ cookie: boolean }> {
    const cookie = this.options.delivery.includes('cookie') ? cookieOf(request.headers, this.options.cookie.name) : null;
    const token = bearerOf(request.headers);
    if (cookie !== null) this.origins.assertWriteAllowed(request);

    const held = [
      token === null ? null : await this.byAccessToken(token),
      refreshToken === undefined ? null : await this.refreshes.sessionOf(refreshToken),
      cookie === null ? null : await this.byCookie(cookie),
    ];
    const sessions = new Map(held.flatMap((session) => (session === null ? [] : [[session.id, session]])));
    for (const { id, userId } of sessions.values()) await this.sessions.end(userId, id, 'sign_out', client);
    return { cookie: cookie !== null };
  }

  /** A token from before the last change of password speaks for nobody any more, not even to sign out. */
  private async byAccessToken(token: string): Promise<Session | null> {
    const identified = this.verifier.identify(token, this.clock.now());
    const session = identified === null ? null : ((await this.repository.findState(identified.sid))?.session ?? null);
    return session !== null && this.tokens.markOf(session) === identified!.claims[SESSION_MARK_CLAIM] ? session : null;
  }

  private async byCookie(value: string): Promise<Session | null> {
    const cookie = this.tokens.parseCookie(value);
    const session = cookie === null ? null : ((await this.repository.findState(cookie.sessionId))?.session ?? null);
    return session !== null && this.tokens.matchesCookie(cookie!, session) ? session : null;
  }
}

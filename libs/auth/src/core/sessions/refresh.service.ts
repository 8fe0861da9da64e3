import { Inject, Injectable } from '@nestjs/common';
import { OverloadedException, RefreshInvalidException, RefreshReusedException } from '../errors/auth.errors.js';
import { SessionRefreshedEvent, SessionReuseDetectedEvent, SessionRevokedEvent } from '../events/auth.events.js';
import { AuthEvents } from '../events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../events/client-info.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { Clock } from '../ports/clock.js';
import { type Session, SessionRepository } from '../ports/session.repository.js';
import { UnitOfWork } from '../ports/unit-of-work.js';
import type { AuthUser } from '../ports/user.repository.js';
import type { BearerCredentials } from './issued-session.js';
import { RevocationAnnouncer } from './revocation-announcer.js';
import { SessionIssuer } from './session-issuer.js';
import { type PresentedRefreshToken, SessionTokens } from './session-tokens.js';

/** Losing a rotation twice in a row takes two other rotations inside one request; more than that is not honest traffic. */
const MAX_ROUNDS = 5;

/** What the pipeline asks before a session goes on; it throws to refuse. */
export type RefreshGate = (user: AuthUser, session: Session, transaction: unknown) => Promise<void>;

type Outcome = { kind: 'refreshed'; session: Session } | { kind: 'lost' } | { kind: 'reused' };

/**
 * Rotation with families (RFC 9700 section 4.14.2), idempotent inside the grace: whoever presents the immediate predecessor gets the
 * successor that everybody got, so tabs that refresh at the same time never log anyone out. A token older than that means it was copied.
 */
@Injectable()
export class RefreshService {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly sessions: SessionRepository,
    private readonly tokens: SessionTokens,
    private readonly issuer: SessionIssuer,
    private readonly revocations: RevocationAnnouncer,
    private readonly units: UnitOfWork,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws RefreshInvalidException unknown, forged, expired, ended, or older than the predecessor inside the grace
   * @throws RefreshReusedException superseded, and the grace is over; the session has been ended
   */
  async refresh(refreshToken: string, gate: RefreshGate, client: ClientInfo = NO_CLIENT): Promise<BearerCredentials> {
    const token = this.tokens.parseRefreshToken(refreshToken);
    if (token === null) throw new RefreshInvalidException();
    for (let round = 0; round < MAX_ROUNDS; round++) {
      // A new unit each time: under REPEATABLE READ the loser would never see the winner's row.
      const outcome = await this.units.run((transaction) => this.attempt(token, gate, client, transaction));
      if (outcome.kind === 'reused') throw new RefreshReusedException();
      if (outcome.kind === 'lost') continue;
      // Its key may have been removed in the meantime.
      if (!this.tokens.canRefresh(outcome.session)) throw new RefreshInvalidException();
      return this.issuer.bearer(outcome.session, this.clock.now());
    }
    throw new OverloadedException();
  }

  /** The session that a genuine refresh token of any generation belongs to, when it lives; for signing out. */
  async sessionOf(refreshToken: string): Promise<Session | null> {
    const token = this.tokens.parseRefreshToken(refreshToken);
    const session = token === null ? null : ((await this.sessions.findState(token.sessionId))?.session ?? null);
    return session !== null && session.delivery === 'bearer' && this.tokens.isGenuine(token!, session) ? session : null;
  }

  private async attempt(
    token: PresentedRefreshToken,
    gate: RefreshGate,
    client: ClientInfo,
    transaction: unknown,
  ): Promise<Outcome> {
    const found = await this.sessions.findWithOwner(token.sessionId);
    if (found === null || found.session.delivery !== 'bearer' || !this.tokens.isGenuine(token, found.session)) {
      throw new RefreshInvalidException();
    }
    const { session, user } = found;
    const now = this.clock.now();
    if (user === null || !lives(session, user, now) || !this.tokens.canRefresh(session)) throw new RefreshInvalidException();

    if (token.generation === session.generation) {
      await gate(user, session, transaction);
      return this.rotate(session, client, now);
    }
    if (now - session.rotatedAt <= this.options.sessions.refreshGrace) {
      if (token.generation !== session.generation - 1) throw new RefreshInvalidException();
      await gate(user, session, transaction);
      return { kind: 'refreshed', session };
    }
    await this.endFamily(session, token.generation, client, now);
    return { kind: 'reused' };
  }

  private async rotate(session: Session, client: ClientInfo, now: number): Promise<Outcome> {
    const { id, generation, seed, userId } = session;
    const keyId = this.tokens.refreshKeyId;
    const idleExpiresAt = this.issuer.idleExpiryOf(session, now);
    if (!(await this.sessions.rotate({ id, generation, seed, keyId, now, idleExpiresAt }))) return { kind: 'lost' };
    const next = { ...session, generation: generation + 1, keyId, rotatedAt: now, lastSeenAt: now, idleExpiresAt };
    await this.events.record(
      new SessionRefreshedEvent(now, { user: userId, sessionId: id, client }, { generation: next.generation }),
    );
    return { kind: 'refreshed', session: next };
  }

  private async endFamily(
    { id, userId, generation: current }: Session,
    generation: number,
    client: ClientInfo,
    now: number,
  ): Promise<void> {
    // Of several replays at once only the one that ends the session writes of it.
    if (!(await this.sessions.revoke(id, now))) return;
    await this.revocations.announce({ kind: 'session', subject: id });
    const subject = { user: userId, sessionId: id, client };
    await this.events.record(
      new SessionReuseDetectedEvent(now, subject, { generation, current }),
      new SessionRevokedEvent(now, subject, { reason: 'reuse', count: 1 }),
    );
  }
}

/** Not ended, not expired, and its owner is active under the credentials it was opened with. */
function lives(session: Session, user: AuthUser, now: number): boolean {
  return (
    session.revokedAt === null &&
    session.idleExpiresAt > now &&
    session.absoluteExpiresAt > now &&
    user.disabledAt === null &&
    user.lockedAt === null &&
    user.credentialsVersion === session.credentialsVersion
  );
}

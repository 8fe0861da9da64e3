import { Injectable } from '@nestjs/common';
import { ResourceNotFoundException, SessionRevokedException } from '../errors/auth.errors.js';
import type { AuthEvent } from '../events/auth-event.js';
import { SessionCreatedEvent, SessionRevokedEvent, type RevocationReason } from '../events/auth.events.js';
import { AuthEvents } from '../events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../events/client-info.js';
import { Clock } from '../ports/clock.js';
import { type Session, type SessionDelivery, SessionRepository } from '../ports/session.repository.js';
import { UnitOfWork } from '../ports/unit-of-work.js';
import type { AuthUser } from '../ports/user.repository.js';
import type { IssuedSession, SessionCredentials } from './issued-session.js';
import { RevocationAnnouncer } from './revocation-announcer.js';
import { SessionIssuer } from './session-issuer.js';
import { SessionTokens } from './session-tokens.js';

/** Columns of `auth_session`. */
const MAX_USER_AGENT = 512;

export interface OpenSession {
  user: AuthUser;
  delivery: SessionDelivery;
  /** Has no effect on bearer delivery. */
  remember: boolean;
  amr: readonly string[];
  client: ClientInfo;
}

/** Opens, lists, renews and ends sessions; the one place where they begin. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly issuer: SessionIssuer,
    private readonly tokens: SessionTokens,
    private readonly revocations: RevocationAnnouncer,
    private readonly units: UnitOfWork,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  /** Part of the sign-in pipeline, inside its unit of work: nobody else calls it. `also` are the events of the way in. */
  async open(
    { user, delivery, remember, amr, client }: OpenSession,
    also: (sessionId: string) => AuthEvent[],
  ): Promise<IssuedSession> {
    const now = this.clock.now();
    const remembered = remember && delivery === 'cookie';
    const { idle, absolute } = this.issuer.lifetimeOf({ delivery, remembered });
    const issued = this.issuer.issue(
      {
        id: this.tokens.newSessionId(),
        userId: String(user.id),
        delivery,
        remembered,
        credentialsVersion: user.credentialsVersion,
        secretHash: null,
        seed: '',
        generation: 1,
        rotatedAt: now,
        keyId: '',
        amr: [...amr],
        authTime: now,
        createdAt: now,
        lastSeenAt: now,
        idleExpiresAt: now + idle,
        absoluteExpiresAt: now + absolute,
        ip: client.ip,
        userAgent: client.userAgent?.slice(0, MAX_USER_AGENT) ?? null,
        revokedAt: null,
      },
      now,
    );
    const { id } = issued.session;
    await this.sessions.insert(issued.session);
    await this.events.record(
      ...also(id),
      new SessionCreatedEvent(now, { user, sessionId: id, client }, { delivery, remembered, amr }),
    );
    return issued;
  }

  /**
   * New secrets for a session that goes on under new credentials of its user, inside the caller's unit of work.
   *
   * @throws SessionRevokedException when it ended meanwhile
   */
  async renew(session: Readonly<Session>, credentialsVersion: number): Promise<IssuedSession> {
    const issued = await this.renewed(session, credentialsVersion);
    if (issued === null) throw new SessionRevokedException();
    return issued;
  }

  /**
   * Ends every session of the user but at most one, which goes on under new credentials with the secrets that it has. Inside the unit of work
   * in which `credentialsVersion` has grown.
   */
  async endOthers(
    userId: string,
    credentialsVersion: number,
    reason: RevocationReason,
    client: ClientInfo,
    exceptId?: string,
  ): Promise<void> {
    if (exceptId !== undefined) await this.sessions.carryOver(exceptId, credentialsVersion, this.clock.now());
    await this.endAll(userId, reason, client, exceptId);
  }

  /**
   * The user has proved again who they are. A cookie gets a new secret, since it may do more from now on (OWASP ASVS 5.0 7.2.4); a bearer
   * session keeps its tokens. Of several proofs at once one renews the cookie, and the answers to the others leave it alone: whichever comes
   * last, the browser holds the one that works.
   *
   * @returns the session, and what the client is to hold instead, if anything
   * @throws SessionRevokedException when it ended meanwhile
   */
  async reauthenticate(
    session: Readonly<Session>,
    amr: readonly string[],
  ): Promise<{ session: Session; credentials: SessionCredentials | null }> {
    const methods = [...new Set([...session.amr, ...amr])];
    const proved: Session = { ...session, authTime: this.clock.now(), amr: methods };
    return this.units.run(async () => {
      if (session.delivery === 'cookie') {
        const renewed =
          (await this.renewed(proved, session.credentialsVersion, session.secretHash)) ?? (await this.renewedIfRekeyed(proved));
        if (renewed !== null) return renewed;
      }
      if (!(await this.sessions.reauthenticate(session.id, proved.authTime, methods, proved.authTime))) {
        throw new SessionRevokedException();
      }
      await this.revocations.announce({ kind: 'session', subject: session.id });
      return { session: proved, credentials: null };
    });
  }

  /** Live sessions, most recently seen first. */
  list(userId: string): Promise<Session[]> {
    return this.sessions.listLive(userId, this.clock.now());
  }

  /** @throws ResourceNotFoundException when it is missing, ended or somebody else's */
  async revoke(userId: string, sessionId: string, client: ClientInfo = NO_CLIENT): Promise<void> {
    if (!(await this.end(userId, sessionId, 'ended_by_user', client))) throw new ResourceNotFoundException();
  }

  /** Ends one session; `false` when it had ended before. */
  end(userId: string, sessionId: string, reason: RevocationReason, client: ClientInfo = NO_CLIENT): Promise<boolean> {
    return this.units.run(async () => {
      if (!(await this.sessions.revoke(sessionId, this.clock.now(), userId))) return false;
      await this.revocations.announce({ kind: 'session', subject: sessionId });
      await this.events.record(
        new SessionRevokedEvent(this.clock.now(), { user: userId, sessionId, client }, { reason, count: 1 }),
      );
      return true;
    });
  }

  /** Ends every session of the user but `exceptId`; returns how many. */
  endAll(userId: string, reason: RevocationReason, client: ClientInfo = NO_CLIENT, exceptId?: string): Promise<number> {
    return this.units.run(async () => {
      const count = await this.sessions.revokeAll(userId, this.clock.now(), exceptId);
      await this.revocations.announce({ kind: 'user', subject: userId });
      if (count > 0)
        await this.events.record(new SessionRevokedEvent(this.clock.now(), { user: userId, client }, { reason, count }));
      return count;
    });
  }

  /** When the same cookie is only kept under another key by now, which memory has not heard of: no other proof has renewed it. */
  private async renewedIfRekeyed(proved: Readonly<Session>): Promise<IssuedSession | null> {
    const row = (await this.sessions.findState(proved.id))?.session;
    if (row === undefined || row.rotatedAt !== proved.rotatedAt || row.keyId === proved.keyId) return null;
    return this.renewed(proved, proved.credentialsVersion, row.secretHash);
  }

  private async renewed(
    session: Readonly<Session>,
    credentialsVersion: number,
    ifSecretHash: string | null = null,
  ): Promise<IssuedSession | null> {
    const now = this.clock.now();
    const idleExpiresAt = this.issuer.idleExpiryOf(session, now);
    const issued = this.issuer.issue(
      { ...session, credentialsVersion, authTime: now, rotatedAt: now, lastSeenAt: now, idleExpiresAt },
      now,
    );
    const { id, seed, secretHash, keyId, amr } = issued.session;
    const renewed = await this.sessions.renew({
      id,
      ifSecretHash,
      credentialsVersion,
      secretHash,
      seed,
      keyId,
      authTime: now,
      amr,
      now,
      idleExpiresAt,
    });
    if (!renewed) return null;
    await this.revocations.announce({ kind: 'session', subject: id });
    return issued;
  }
}

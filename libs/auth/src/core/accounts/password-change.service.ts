import { Injectable } from '@nestjs/common';
import { PasswordIncorrectException } from '../errors/auth.errors.js';
import { SessionRevokedEvent, UserPasswordChangedEvent } from '../events/auth.events.js';
import { AuthEvents } from '../events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../events/client-info.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { Clock } from '../ports/clock.js';
import { OneTimeTokenRepository } from '../ports/one-time-token.repository.js';
import { type Session, SessionRepository } from '../ports/session.repository.js';
import { UnitOfWork } from '../ports/unit-of-work.js';
import { UserRepository } from '../ports/user.repository.js';
import type { IssuedSession } from '../sessions/issued-session.js';
import { RevocationAnnouncer } from '../sessions/revocation-announcer.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { PasswordProof } from '../sign-in/password-proof.js';

export interface PasswordChange {
  currentPassword: string;
  newPassword: string;
}

/** The field of the old password in refusals. */
const CURRENT = 'currentPassword';

/** Changes the password of a signed-in user. */
@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly users: UserRepository,
    private readonly repository: SessionRepository,
    private readonly oneTimeTokens: OneTimeTokenRepository,
    private readonly passwords: PasswordsService,
    private readonly proof: PasswordProof,
    private readonly sessions: SessionsService,
    private readonly revocations: RevocationAnnouncer,
    private readonly units: UnitOfWork,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * All other sessions and all outstanding one-time tokens end; this session goes on with new secrets.
   *
   * @throws PasswordIncorrectException also when the password was changed by somebody else meanwhile
   * @throws PasswordRefusedException, TooManyAttemptsException, OverloadedException, SessionRevokedException
   */
  async change(session: Readonly<Session>, change: PasswordChange, client: ClientInfo = NO_CLIENT): Promise<IssuedSession> {
    const { userId } = session;
    const user = await this.users.findById(userId);
    const context = user === null ? {} : { email: user.email, name: user.name, user };
    await this.passwords.assertAcceptable(change.newPassword, context, 'newPassword');
    const proven = await this.proof.assert(session, change.currentPassword, 'password_change', client, CURRENT);
    const passwordHash = await this.passwords.hash(change.newPassword);

    return this.units.run(async () => {
      // Conditional on the hash that was proved: of two changes at once the second has proved nothing any more.
      const version = await this.users.replacePassword(userId, { passwordHash, ifHash: proven.passwordHash });
      if (version === null) throw new PasswordIncorrectException(CURRENT);
      const now = this.clock.now();
      const count = await this.repository.revokeAll(userId, now, session.id);
      await this.oneTimeTokens.deleteByUser(userId);
      const issued = await this.sessions.renew(session, version);
      await this.revocations.announce({ kind: 'user', subject: userId });
      const subject = { user: userId, sessionId: session.id, client };
      await this.events.record(
        new UserPasswordChangedEvent(now, subject, {}),
        ...(count > 0 ? [new SessionRevokedEvent(now, { user: userId, client }, { reason: 'password_changed', count })] : []),
      );
      return issued;
    });
  }
}

import { Injectable } from '@nestjs/common';
import { PasswordIncorrectException, SessionRevokedException } from '../errors/auth.errors.js';
import { SignInFailedEvent, type SignInMethod, UserLockedEvent } from '../events/auth.events.js';
import { AuthEvents } from '../events/auth-events.js';
import type { ClientInfo } from '../events/client-info.js';
import { AttemptLedger } from '../passwords/attempt-ledger.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { Clock } from '../ports/clock.js';
import type { Session } from '../ports/session.repository.js';
import { UserRepository, type UserWithPassword } from '../ports/user.repository.js';
import { HardStopNotice } from './hard-stop.notice.js';

/** Asks a signed-in user for the password again, on the same count of failures as signing in. */
@Injectable()
export class PasswordProof {
  constructor(
    private readonly users: UserRepository,
    private readonly passwords: PasswordsService,
    private readonly ledger: AttemptLedger,
    private readonly hardStop: HardStopNotice,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * @param field names the password in refusals
   * @returns the account as it was when the password was right
   * @throws PasswordIncorrectException, TooManyAttemptsException, OverloadedException, SessionRevokedException when the account is gone
   */
  async assert(
    { id: sessionId, userId }: Pick<Session, 'id' | 'userId'>,
    password: string,
    method: SignInMethod,
    client: ClientInfo,
    field = 'password',
  ): Promise<UserWithPassword> {
    const normalised = this.passwords.normalise(password, field);
    const found = await this.users.findByIdWithPassword(userId);
    if (found === null) throw new SessionRevokedException();
    const attempt = await this.ledger.reserve({ email: found.user.email, sessionId }, client);
    let right: boolean;
    try {
      right = await this.passwords.verify(normalised, found.passwordHash);
    } catch (error) {
      await attempt.release();
      throw error;
    }
    if (right) {
      await attempt.succeed();
      return found;
    }
    const { reachedHardStop } = await attempt.fail();
    const reason = found.passwordHash === null ? 'no_password' : 'wrong_password';
    const now = this.clock.now();
    const subject = { user: found.user, client };
    await this.events.record(
      new SignInFailedEvent(now, subject, { method, reason }),
      ...(reachedHardStop ? [new UserLockedEvent(now, subject, { reason: 'hard_stop' })] : []),
    );
    if (reachedHardStop) await this.hardStop.send(found.user.email, client);
    throw new PasswordIncorrectException(field);
  }
}

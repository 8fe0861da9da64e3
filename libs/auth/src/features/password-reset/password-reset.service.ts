import { Injectable } from '@nestjs/common';
import { addressOf } from '../../core/access/email.dto.js';
import { AddressProof } from '../../core/accounts/address-proof.js';
import { OneTimeTokenInvalidException } from '../../core/errors/auth.errors.js';
import { UserPasswordResetEvent } from '../../core/events/auth.events.js';
import { AuthEvents } from '../../core/events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../../core/events/client-info.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { MailService } from '../../core/mail/mail.service.js';
import { AttemptLedger } from '../../core/passwords/attempt-ledger.js';
import { PasswordsService } from '../../core/passwords/passwords.service.js';
import { Clock } from '../../core/ports/clock.js';
import { OneTimeTokenRepository } from '../../core/ports/one-time-token.repository.js';
import { UnitOfWork } from '../../core/ports/unit-of-work.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { SessionsService } from '../../core/sessions/sessions.service.js';
import { isActive } from '../../core/sign-in/sign-in-pipeline.js';
import { OneTimeTokensService } from '../../core/tokens/one-time-tokens.service.js';
import { PASSWORD_RESET } from './password-reset.mail.js';

export interface PasswordReset {
  /** From the mailed link. */
  token: string;
  password: string;
}

/** Forgotten passwords: a mailed link, then a new password. The same checks with and without HTTP. */
@Injectable()
export class PasswordResetService {
  constructor(
    private readonly users: UserRepository,
    private readonly oneTimeTokens: OneTimeTokenRepository,
    private readonly tokens: OneTimeTokensService,
    private readonly passwords: PasswordsService,
    private readonly ledger: AttemptLedger,
    private readonly sessions: SessionsService,
    private readonly proof: AddressProof,
    private readonly mail: MailService,
    private readonly limits: MailLimits,
    private readonly units: UnitOfWork,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Asks for a link. Whether the address has an account is looked up when the mail is composed, off the request, and nobody is told.
   *
   * @throws ValidationFailedException when it is no address
   */
  async request(email: string, client: ClientInfo = NO_CLIENT): Promise<void> {
    const recipient = addressOf(email);
    if (!(await this.limits.allows({ kind: PASSWORD_RESET, recipient, client }))) return;
    await this.mail.queue({ kind: PASSWORD_RESET, job: { email: recipient }, client });
  }

  /**
   * Sets a new password and signs nobody in: all sessions and one-time tokens of the account end, its failures and the hard stop are
   * forgotten, and its address is proved. A password that is refused leaves the token as it was.
   *
   * @throws OneTimeTokenInvalidException, PasswordRefusedException, OverloadedException
   */
  async reset({ token, password }: PasswordReset, client: ClientInfo = NO_CLIENT): Promise<void> {
    const { user: owner } = await this.tokens.inspect(PASSWORD_RESET, token);
    if (owner === null || !isActive(owner)) throw new OneTimeTokenInvalidException();
    await this.passwords.assertAcceptable(password, { email: owner.email, name: owner.name, user: owner });
    const passwordHash = await this.passwords.hash(password);

    await this.units.run(async () => {
      const { user } = await this.tokens.redeem(PASSWORD_RESET, token);
      if (user === null || !isActive(user)) throw new OneTimeTokenInvalidException();
      const userId = String(user.id);
      // Without the new password: should a confirmation come first, the account is its owner's all the same, who sets the password below.
      await this.proof.claim({ user, by: 'password_reset', client });
      if ((await this.users.replacePassword(userId, { passwordHash })) === null) throw new OneTimeTokenInvalidException();
      await this.oneTimeTokens.deleteByUser(userId);
      await this.sessions.endAll(userId, 'password_reset', client);
      await this.ledger.clear(user.email);
      await this.events.record(new UserPasswordResetEvent(this.clock.now(), { user, client }, {}));
    });
  }
}

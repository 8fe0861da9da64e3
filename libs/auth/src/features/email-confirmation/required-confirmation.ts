import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { AccountCreation } from '../../core/accounts/account-creation.js';
import { AddressProof, isConfirmed } from '../../core/accounts/address-proof.js';
import { EmailProofs } from '../../core/accounts/email-proofs.js';
import { EmailTakenException, EmailUnconfirmedException, OneTimeTokenInvalidException } from '../../core/errors/auth.errors.js';
import { UserConfirmedEvent } from '../../core/events/auth.events.js';
import { AuthEvents } from '../../core/events/auth-events.js';
import type { ClientInfo } from '../../core/events/client-info.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { MailService } from '../../core/mail/mail.service.js';
import { Clock } from '../../core/ports/clock.js';
import type { Mail } from '../../core/ports/mail-transport.js';
import { UnitOfWork } from '../../core/ports/unit-of-work.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { type PendingSignUp, type PendingSignUpKeeper, PendingSignUps } from '../../core/sign-in/pending-sign-ups.js';
import { EMAIL_CONFIRMATION_OPTIONS, type ResolvedEmailConfirmationOptions } from './email-confirmation.options.js';
import { EMAIL_CONFIRMATION, EmailConfirmationMail } from './email-confirmation.mail.js';
import { EmailConfirmationService } from './email-confirmation.service.js';
import { type KeptSignUp, PendingSignUpTokens, SIGN_UP } from './pending-sign-up-tokens.js';

/**
 * Confirmation before anything else: a sign-up is a pending token and a mail, whoever has the address, and the account is made when the token
 * comes back. Several sign-ups of one address wait beside each other; the one that is confirmed brings its own password.
 */
@Injectable()
export class RequiredConfirmation implements PendingSignUpKeeper, OnModuleInit {
  constructor(
    @Inject(EMAIL_CONFIRMATION_OPTIONS) private readonly options: ResolvedEmailConfirmationOptions,
    private readonly users: UserRepository,
    private readonly signUps: PendingSignUpTokens,
    private readonly creation: AccountCreation,
    private readonly proof: AddressProof,
    private readonly proofs: EmailProofs,
    private readonly pending: PendingSignUps,
    private readonly confirmations: EmailConfirmationService,
    private readonly letters: EmailConfirmationMail,
    private readonly mail: MailService,
    private readonly limits: MailLimits,
    private readonly units: UnitOfWork,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    if (!this.options.required) return;
    this.pending.register(this);
    const { link } = this.options;
    this.proofs.register({ purpose: SIGN_UP, link, redeem: (token, client) => this.complete(token, client) });
  }

  /** One token and one mail, always; over the limit of mail only the token. */
  async keep({ email, passwordHash, profile, client }: PendingSignUp, ask: (transaction: unknown) => Promise<void>) {
    const mayWrite = await this.limits.allows({ kind: SIGN_UP, recipient: email, client });
    return this.units.run(async (transaction) => {
      await ask(transaction);
      const signUp = await this.signUps.keep({ email, passwordHash, profile });
      if (mayWrite) await this.mail.queue({ kind: SIGN_UP, job: { email, signUp }, client });
      return { status: 'confirmation_sent' };
    });
  }

  async passwordOf(email: string): Promise<string | null> {
    return (await this.signUps.newest(email))?.passwordHash ?? null;
  }

  reminder(email: string): Promise<Mail | null> {
    return this.letters.again({ email });
  }

  async refuse(email: string, client: ClientInfo): Promise<never> {
    await this.confirmations.resend(email, client);
    throw new EmailUnconfirmedException();
  }

  /**
   * Makes the account, or gives one that nobody had proved the address of to whoever did now.
   *
   * @throws OneTimeTokenInvalidException also when the address has a confirmed account by now; what sign-up policies refuse with
   */
  private async complete(token: string, client: ClientInfo): Promise<void> {
    try {
      const email = await this.units.run(async (transaction) => {
        const signUp = await this.signUps.redeem(token);
        const user = await this.users.findByEmail(signUp.email);
        if (user === null) await this.create(signUp, client, transaction);
        else {
          if (isConfirmed(user)) throw new OneTimeTokenInvalidException();
          const { id } = await this.proof.claim({ user, by: EMAIL_CONFIRMATION, client }, signUp.passwordHash);
          await this.users.updateProfile(String(id), signUp.profile);
        }
        return signUp.email;
      });
      // Not in the unit: of two confirmations at once each would wait for the other's row. What is left of them could make nothing any more.
      await this.signUps.forgetAll(email);
    } catch (error) {
      // Somebody else's sign-up of the same address was confirmed at the same time.
      throw error instanceof EmailTakenException ? new OneTimeTokenInvalidException() : error;
    }
  }

  private async create({ email, passwordHash, profile }: KeptSignUp, client: ClientInfo, transaction: unknown): Promise<void> {
    const now = this.clock.now();
    const account = { email, passwordHash, emailConfirmedAt: new Date(now), profile, method: 'sign_up', client };
    const { user, event } = await this.creation.create(account, transaction);
    await this.events.record(event, new UserConfirmedEvent(now, { user, client }, { by: EMAIL_CONFIRMATION }));
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { isConfirmed } from '../../core/accounts/address-proof.js';
import { EmailUnconfirmedException } from '../../core/errors/auth.errors.js';
import type { SignInVetoedEvent } from '../../core/events/auth.events.js';
import { OnAuthEvent } from '../../core/events/on-auth-event.decorator.js';
import {
  type SignInAttempt,
  type SignInPolicy,
  type SignUpPolicy,
  type SignUpRequest,
  UseSignInPolicy,
  UseSignUpPolicy,
} from '../../core/events/policies.js';
import { MailService } from '../../core/mail/mail.service.js';
import { type AuthUser, UserRepository } from '../../core/ports/user.repository.js';
import { EMAIL_CONFIRMATION } from './email-confirmation.mail.js';
import { EMAIL_CONFIRMATION_OPTIONS, type ResolvedEmailConfirmationOptions } from './email-confirmation.options.js';
import { EmailConfirmationService } from './email-confirmation.service.js';

/** Before every veto of a host: an account whose address nobody has proved is nobody's yet. */
const ORDER = -1_000;
const UNCONFIRMED = 'auth.email_unconfirmed';

/** New accounts get their mail in the transaction of their sign-up, however they came about; one for each account, so without a limit. */
@Injectable()
@UseSignUpPolicy({ order: ORDER })
export class ConfirmationMailPolicy implements SignUpPolicy {
  constructor(private readonly mail: MailService) {}

  async afterSignUp({ user, client }: SignUpRequest & { user: AuthUser }): Promise<void> {
    if (isConfirmed(user)) return;
    const job = { email: user.email };
    await this.mail.queue({ kind: EMAIL_CONFIRMATION, job, userId: String(user.id), client });
  }
}

/** Where confirmation is required, accounts that others have made, or that are older than the requirement, wait too. */
@Injectable()
@UseSignInPolicy({ order: ORDER })
export class ConfirmedAddressPolicy implements SignInPolicy {
  constructor(
    @Inject(EMAIL_CONFIRMATION_OPTIONS) private readonly options: ResolvedEmailConfirmationOptions,
    private readonly users: UserRepository,
    private readonly confirmations: EmailConfirmationService,
  ) {}

  /** @throws EmailUnconfirmedException */
  beforeSession({ user }: SignInAttempt): void {
    if (this.options.required && !isConfirmed(user)) throw new EmailUnconfirmedException();
  }

  /** The refusal rolls back what it is part of, so the mail comes after it. Security does not rely on it: it can be asked for. */
  @OnAuthEvent('signIn.vetoed')
  async writeAgain({ userId, data, ip, userAgent, requestId }: SignInVetoedEvent): Promise<void> {
    if (!this.options.required || data.errorCode !== UNCONFIRMED || data.method === 'refresh' || userId === null) return;
    const user = await this.users.findById(userId);
    if (user !== null) await this.confirmations.resend(user.email, { ip, userAgent, requestId });
  }
}

import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { addressOf } from '../../core/access/email.dto.js';
import { AddressProof } from '../../core/accounts/address-proof.js';
import { EmailProofs } from '../../core/accounts/email-proofs.js';
import { OneTimeTokenInvalidException } from '../../core/errors/auth.errors.js';
import { type ClientInfo, NO_CLIENT } from '../../core/events/client-info.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { MailService } from '../../core/mail/mail.service.js';
import { UnitOfWork } from '../../core/ports/unit-of-work.js';
import { OneTimeTokensService } from '../../core/tokens/one-time-tokens.service.js';
import { EMAIL_CONFIRMATION } from './email-confirmation.mail.js';
import { EMAIL_CONFIRMATION_OPTIONS, type ResolvedEmailConfirmationOptions } from './email-confirmation.options.js';

/** Confirms addresses. The same checks with and without HTTP. */
@Injectable()
export class EmailConfirmationService implements OnModuleInit {
  constructor(
    @Inject(EMAIL_CONFIRMATION_OPTIONS) private readonly options: ResolvedEmailConfirmationOptions,
    private readonly tokens: OneTimeTokensService,
    private readonly proof: AddressProof,
    private readonly proofs: EmailProofs,
    private readonly mail: MailService,
    private readonly limits: MailLimits,
    private readonly units: UnitOfWork,
  ) {}

  onModuleInit(): void {
    const { link } = this.options;
    this.proofs.register({ purpose: EMAIL_CONFIRMATION, link, redeem: (token, client) => this.complete(token, client) });
  }

  /**
   * Sends the mail again. Whether there is anything to confirm is looked up when it is composed, off the request, and nobody is told.
   *
   * @throws ValidationFailedException when it is no address
   */
  async resend(email: string, client: ClientInfo = NO_CLIENT): Promise<void> {
    const recipient = addressOf(email);
    if (!(await this.limits.allows({ kind: EMAIL_CONFIRMATION, recipient, client }))) return;
    await this.mail.queue({ kind: EMAIL_CONFIRMATION, job: { email: recipient }, client });
  }

  /**
   * What a mailed link brings back, whether it confirms an account or makes one.
   *
   * @throws OneTimeTokenInvalidException, and what sign-up policies refuse with
   */
  confirm(token: string, client: ClientInfo = NO_CLIENT): Promise<void> {
    return this.proofs.redeem(token, client);
  }

  private complete(token: string, client: ClientInfo): Promise<void> {
    return this.units.run(async () => {
      const { user } = await this.tokens.redeem(EMAIL_CONFIRMATION, token);
      if (user === null) throw new OneTimeTokenInvalidException();
      await this.proof.confirm({ user, by: EMAIL_CONFIRMATION, client });
    });
  }
}

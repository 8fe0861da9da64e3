import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { MailComposer } from '../../core/mail/mail-composer.js';
import { MailKinds } from '../../core/mail/mail-kinds.js';
import { SendsMail } from '../../core/mail/sends-mail.decorator.js';
import type { MailWordings } from '../../core/options/mail.options.js';
import type { Mail } from '../../core/ports/mail-transport.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { PendingSignUps } from '../../core/sign-in/pending-sign-ups.js';
import { isActive } from '../../core/sign-in/sign-in-pipeline.js';
import { OneTimeTokensService } from '../../core/tokens/one-time-tokens.service.js';
import { PASSWORD_RESET_OPTIONS, type ResolvedPasswordResetOptions } from './password-reset.options.js';

/** Purpose of the token and kind of the mail. */
export const PASSWORD_RESET = 'password-reset';

const WORDING: MailWordings = {
  en: {
    subject: 'Reset your password',
    heading: 'Reset your password',
    paragraphs: [
      'Somebody, hopefully you, asked to set a new password for your account at {app}.',
      'The link works once, for {minutes} minutes. Setting a new password signs you out everywhere.',
    ],
    button: 'Set a new password',
    footer: 'If it was not you, nothing has changed and you need not do anything.',
  },
};

/** Composed off the request, so that asking costs the same whoever is asked about. */
@Injectable()
@SendsMail('PasswordResetModule')
export class PasswordResetMail implements OnModuleInit {
  constructor(
    @Inject(PASSWORD_RESET_OPTIONS) private readonly options: ResolvedPasswordResetOptions,
    private readonly users: UserRepository,
    private readonly tokens: OneTimeTokensService,
    private readonly pending: PendingSignUps,
    private readonly composer: MailComposer,
    private readonly kinds: MailKinds,
  ) {}

  onModuleInit(): void {
    this.kinds.register({
      kind: PASSWORD_RESET,
      wording: WORDING,
      placeholders: ['minutes'],
      compose: (job) => this.compose(job as { email: string }),
    });
  }

  private async compose({ email }: { email: string }): Promise<Mail | null> {
    const user = await this.users.findByEmail(email);
    // There is no account before the address is proved: who waits for one mail is not left without any.
    if (user === null) return (await this.pending.keeper?.reminder(email)) ?? null;
    if (!isActive(user)) return null;
    const { link, tokenTtl } = this.options;
    const token = await this.tokens.issue({ purpose: PASSWORD_RESET, user, ttl: tokenTtl });
    return this.composer.compose(PASSWORD_RESET, {
      to: user.email,
      user,
      values: { minutes: Math.round(tokenTtl / 60_000) },
      link: this.composer.link(link, token),
    });
  }
}

import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { isConfirmed } from '../../core/accounts/address-proof.js';
import { MailComposer } from '../../core/mail/mail-composer.js';
import { MailKinds } from '../../core/mail/mail-kinds.js';
import { SendsMail } from '../../core/mail/sends-mail.decorator.js';
import type { MailWordings } from '../../core/options/mail.options.js';
import type { Mail } from '../../core/ports/mail-transport.js';
import { type AuthUser, UserRepository } from '../../core/ports/user.repository.js';
import { isActive } from '../../core/sign-in/sign-in-pipeline.js';
import { OneTimeTokensService } from '../../core/tokens/one-time-tokens.service.js';
import { EMAIL_CONFIRMATION_OPTIONS, type ResolvedEmailConfirmationOptions } from './email-confirmation.options.js';
import { PendingSignUpTokens, SIGN_UP } from './pending-sign-up-tokens.js';

/** Purpose of the token of an account that exists, and kind of the mail. */
export const EMAIL_CONFIRMATION = 'email-confirmation';
/** Kind of the mail to somebody who has an account already. */
export const SIGN_UP_TAKEN = 'sign-up-taken';

const WORDING: MailWordings = {
  en: {
    subject: 'Confirm your e-mail address',
    heading: 'Confirm your e-mail address',
    paragraphs: [
      'Somebody, hopefully you, signed up for {app} with this address.',
      'Confirm it if that was you. The link works once, for {hours} hours.',
    ],
    button: 'Confirm my address',
    footer: 'If it was not you, do not confirm: without it, nobody can use this address as theirs.',
  },
};

const TAKEN_WORDING: MailWordings = {
  en: {
    subject: 'You already have an account',
    heading: 'You already have an account',
    paragraphs: [
      'Somebody, hopefully you, tried to sign up for {app} with this address, which has an account already.',
      'Sign in with your password. If you have forgotten it, ask for a new one on the sign-in page.',
    ],
    footer: 'If it was not you, nothing has changed and you need not do anything.',
  },
};

/** Composed off the request, so that signing up and asking again cost the same whoever has the address. */
@Injectable()
@SendsMail('EmailConfirmationModule')
export class EmailConfirmationMail implements OnModuleInit {
  constructor(
    @Inject(EMAIL_CONFIRMATION_OPTIONS) private readonly options: ResolvedEmailConfirmationOptions,
    private readonly users: UserRepository,
    private readonly tokens: OneTimeTokensService,
    private readonly signUps: PendingSignUpTokens,
    private readonly composer: MailComposer,
    private readonly kinds: MailKinds,
  ) {}

  onModuleInit(): void {
    const shown = { wording: WORDING, placeholders: ['hours'] };
    this.kinds.register({ kind: EMAIL_CONFIRMATION, ...shown, compose: (job) => this.again(job as { email: string }) });
    if (!this.options.required) return;
    this.kinds.register({
      kind: SIGN_UP,
      ...shown,
      compose: (job) => this.signUp(job as { email: string; signUp: string }),
    });
    // Sent in place of the one above: nobody queues it.
    this.kinds.register({ kind: SIGN_UP_TAKEN, wording: TAKEN_WORDING, compose: async () => null });
  }

  /** For an account that exists, else for the newest sign-up that waits. */
  async again({ email }: { email: string }): Promise<Mail | null> {
    const user = await this.users.findByEmail(email);
    if (user !== null) return this.confirmation(user);
    if (!this.options.required) return null;
    const token = await this.signUps.reissueNewest(email);
    return token === null ? null : this.letter(SIGN_UP, email, null, token);
  }

  private async signUp({ email, signUp }: { email: string; signUp: string }): Promise<Mail | null> {
    const user = await this.users.findByEmail(email);
    if (user !== null && isConfirmed(user)) return this.composer.compose(SIGN_UP_TAKEN, { to: email, user });
    const token = await this.signUps.reissue(signUp);
    return token === null ? null : this.letter(SIGN_UP, email, user, token);
  }

  private async confirmation(user: AuthUser): Promise<Mail | null> {
    if (isConfirmed(user) || !isActive(user)) return null;
    const token = await this.tokens.issue({ purpose: EMAIL_CONFIRMATION, user, ttl: this.options.tokenTtl });
    return this.letter(EMAIL_CONFIRMATION, user.email, user, token);
  }

  private letter(kind: string, to: string, user: AuthUser | null, token: string): Mail {
    const { link, tokenTtl } = this.options;
    const values = { hours: Math.round(tokenTtl / 3_600_000) };
    return this.composer.compose(kind, { to, user, values, link: this.composer.link(link, token) });
  }
}

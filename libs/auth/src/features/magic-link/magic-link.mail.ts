import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { KeyRing } from '../../core/crypto/key-ring.js';
import { keyedHash } from '../../core/crypto/keyed-hash.js';
import { MailComposer } from '../../core/mail/mail-composer.js';
import { MailKinds } from '../../core/mail/mail-kinds.js';
import { SendsMail } from '../../core/mail/sends-mail.decorator.js';
import type { MailWordings } from '../../core/options/mail.options.js';
import type { Mail } from '../../core/ports/mail-transport.js';
import { type AuthUser, UserRepository } from '../../core/ports/user.repository.js';
import { PendingSignUps } from '../../core/sign-in/pending-sign-ups.js';
import { isActive } from '../../core/sign-in/sign-in-pipeline.js';
import { OneTimeTokensService } from '../../core/tokens/one-time-tokens.service.js';
import { MAGIC_LINK_OPTIONS, type ResolvedMagicLinkOptions } from './magic-link.options.js';

/** Purpose of the token and kind of the mail. */
export const MAGIC_LINK = 'magic-link';

const WORDING: MailWordings = {
  en: {
    subject: 'Your sign-in link',
    heading: 'Sign in',
    paragraphs: ['Somebody, hopefully you, asked for a link to sign in to {app}.', 'It works once, for {minutes} minutes.'],
    button: 'Sign in',
    footer: 'If it was not you, nothing has happened and you need not do anything. Do not forward this mail.',
  },
};

/** Composed off the request, so that asking costs the same whoever is asked about. */
@Injectable()
@SendsMail('MagicLinkModule')
export class MagicLinkMail implements OnModuleInit {
  constructor(
    @Inject(MAGIC_LINK_OPTIONS) private readonly options: ResolvedMagicLinkOptions,
    private readonly users: UserRepository,
    private readonly tokens: OneTimeTokensService,
    private readonly pending: PendingSignUps,
    private readonly ring: KeyRing,
    private readonly composer: MailComposer,
    private readonly kinds: MailKinds,
  ) {}

  onModuleInit(): void {
    this.kinds.register({
      kind: MAGIC_LINK,
      wording: WORDING,
      placeholders: ['minutes'],
      compose: (job) => this.compose(job as { email: string }),
    });
  }

  private async compose({ email }: { email: string }): Promise<Mail | null> {
    const { link, tokenTtl, signUp } = this.options;
    const user = await this.users.findByEmail(email);
    // There is no account before the address is proved: who waits for one mail is not left without any.
    if (user === null && !signUp) return (await this.pending.keeper?.reminder(email)) ?? null;
    if (user !== null && !isActive(user)) return null;
    const token = await this.issue(email, user);
    return this.composer.compose(MAGIC_LINK, {
      to: email,
      user,
      values: { minutes: Math.round(tokenTtl / 60_000) },
      link: this.composer.link(link, token),
    });
  }

  /** Without an account the token belongs to the address; the keyed hash fits its column and tells nothing. */
  private issue(email: string, user: AuthUser | null): Promise<string> {
    const ttl = this.options.tokenTtl;
    if (user !== null) return this.tokens.issue({ purpose: MAGIC_LINK, user, ttl });
    const subject = keyedHash(this.ring.current('magic-link').key, 'address', email);
    return this.tokens.issue({ purpose: MAGIC_LINK, subject, payload: { email }, ttl });
  }
}

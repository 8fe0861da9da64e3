import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { MailComposer } from '../../core/mail/mail-composer.js';
import { MailKinds } from '../../core/mail/mail-kinds.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { SendsMail } from '../../core/mail/sends-mail.decorator.js';
import type { MailWordings } from '../../core/options/mail.options.js';
import type { Mail } from '../../core/ports/mail-transport.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { OneTimeTokensService } from '../../core/tokens/one-time-tokens.service.js';
import { EMAIL_CHANGE_OPTIONS, type ResolvedEmailChangeOptions } from './email-change.options.js';

/** Purpose of the token and kind of the mail to the new address. */
export const EMAIL_CHANGE = 'email-change';
/** Kinds of the mail to the old one. */
export const CHANGE_REQUESTED = 'notice.email-change-requested';
export const CHANGED = 'notice.email-changed';

/** What the token keeps until it comes back. */
export interface ChangePayload {
  /** The new address, folded: a token changes to its own target and to no other. */
  email: string;
  /** Names the request: of two the older one's mail is not composed any more. */
  change: string;
  /** The session that asked, which outlives the change. */
  sessionId: string;
}

const WORDING: MailWordings = {
  en: {
    subject: 'Confirm your new e-mail address',
    heading: 'Confirm your new e-mail address',
    paragraphs: [
      'Somebody, hopefully you, wants to use this address for an account at {app}.',
      'Confirm it if that was you. The link works once, for {minutes} minutes. Until then the account keeps its old address.',
    ],
    button: 'Use this address',
    footer: 'If it was not you, do not confirm, and nothing changes.',
  },
};

const REQUESTED_WORDING: MailWordings = {
  en: {
    subject: 'Your e-mail address is about to change',
    heading: 'Your e-mail address is about to change',
    paragraphs: [
      'Somebody, hopefully you, asked to use another e-mail address for your account at {app}.',
      'Nothing changes before the new address is confirmed.',
    ],
    footer: 'If it was not you, sign in and change your password: that ends every other session and calls the change off.',
  },
};

const CHANGED_WORDING: MailWordings = {
  en: {
    subject: 'Your e-mail address was changed',
    heading: 'Your e-mail address was changed',
    paragraphs: ['Your account at {app} has another e-mail address now. This one is not used any more.'],
    footer: 'If it was not you, write to whoever runs {app} at once.',
  },
};

/** Composed off the request. */
@Injectable()
@SendsMail('EmailChangeModule')
export class EmailChangeMail implements OnModuleInit {
  constructor(
    @Inject(EMAIL_CHANGE_OPTIONS) private readonly options: ResolvedEmailChangeOptions,
    private readonly users: UserRepository,
    private readonly tokens: OneTimeTokensService,
    private readonly composer: MailComposer,
    private readonly kinds: MailKinds,
    private readonly limits: MailLimits,
  ) {}

  onModuleInit(): void {
    this.kinds.register({
      kind: EMAIL_CHANGE,
      wording: WORDING,
      placeholders: ['minutes'],
      compose: (job) => this.confirmation(job as { userId: string; change: string }),
    });
    for (const [kind, wording] of [
      [CHANGE_REQUESTED, REQUESTED_WORDING],
      [CHANGED, CHANGED_WORDING],
    ] as const) {
      this.kinds.register({ kind, wording, compose: (job) => this.notice(kind, job as { userId: string; to: string }) });
    }
  }

  /** `null` when the change was cancelled, or another one was asked for. */
  private async confirmation({ userId, change }: { userId: string; change: string }): Promise<Mail | null> {
    const user = await this.users.findById(userId);
    const standing = await this.tokens.outstanding(EMAIL_CHANGE, userId);
    const payload = standing?.payload as ChangePayload | null | undefined;
    if (user === null || payload?.change !== change) return null;
    const { link, tokenTtl } = this.options;
    const issued = await this.tokens.reissue(EMAIL_CHANGE, userId, tokenTtl);
    return this.composer.compose(EMAIL_CHANGE, {
      to: payload.email,
      user,
      values: { minutes: Math.round(tokenTtl / 60_000) },
      link: this.composer.link(link, issued!.token),
    });
  }

  private async notice(kind: string, { userId, to }: { userId: string; to: string }): Promise<Mail | null> {
    if (!(await this.limits.allows({ kind, recipient: to }))) return null;
    return this.composer.compose(kind, { to, user: await this.users.findById(userId) });
  }
}

import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { isConfirmed } from '../../core/accounts/address-proof.js';
import { MailComposer } from '../../core/mail/mail-composer.js';
import { MailKinds } from '../../core/mail/mail-kinds.js';
import { SendsMail } from '../../core/mail/sends-mail.decorator.js';
import type { MailWordings } from '../../core/options/mail.options.js';
import { Clock } from '../../core/ports/clock.js';
import type { Mail } from '../../core/ports/mail-transport.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { isActive } from '../../core/sign-in/sign-in-pipeline.js';
import { OneTimeTokensService } from '../../core/tokens/one-time-tokens.service.js';
import { INVITATION_OPTIONS, type ResolvedInvitationOptions } from './invitation.options.js';
import { InvitationRepository } from './invitation.ports.js';

/** Purpose of the token and kind of the mail. */
export const INVITATION = 'invitation';

const DAY = 86_400_000;

const WORDING: MailWordings = {
  en: {
    subject: 'You are invited to {app}',
    heading: 'You are invited',
    paragraphs: ['{inviter} invites you to {app}.', 'The link works once, until {expires}.'],
    button: 'Accept the invitation',
    footer: 'If you do not want an account, you need not do anything.',
    unnamed: 'Somebody',
  },
};

/** Composed off the request, so that inviting costs the same whoever is invited. The token is in this mail and nowhere else. */
@Injectable()
@SendsMail('InvitationModule')
export class InvitationMail implements OnModuleInit {
  constructor(
    @Inject(INVITATION_OPTIONS) private readonly options: ResolvedInvitationOptions,
    private readonly invitations: InvitationRepository,
    private readonly users: UserRepository,
    private readonly tokens: OneTimeTokensService,
    private readonly composer: MailComposer,
    private readonly kinds: MailKinds,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.kinds.register({
      kind: INVITATION,
      wording: WORDING,
      placeholders: ['inviter', 'expires'],
      compose: (job) => this.compose(job as { id: string }),
    });
  }

  private async compose({ id }: { id: string }): Promise<Mail | null> {
    const invitation = await this.invitations.find(id);
    const ttl = invitation === null ? 0 : invitation.expiresAt - this.clock.now();
    if (invitation === null || ttl <= 0) return null;
    const inviter = await this.users.findById(invitation.inviterId);
    if (inviter === null || !isActive(inviter)) return null;
    const existing = await this.users.findByEmail(invitation.email);
    // Whoever has signed up without proving the address does not keep its owner out.
    if (existing !== null && (isConfirmed(existing) || !isActive(existing))) return null;
    const token = await this.tokens.issue({ purpose: INVITATION, subject: id, ttl });
    return this.composer.compose(INVITATION, {
      to: invitation.email,
      user: null,
      names: { inviter: inviter.name },
      values: {
        expires: new Date(invitation.expiresAt)
          .toISOString()
          .slice(0, ttl < DAY ? 16 : 10)
          .replace('T', ' '),
      },
      link: this.composer.link(this.options.link, token),
    });
  }
}

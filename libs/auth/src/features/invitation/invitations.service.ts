import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { addressOf } from '../../core/access/email.dto.js';
import { Housekeeping } from '../../core/accounts/housekeeping.js';
import { randomToken } from '../../core/crypto/random.js';
import { ForbiddenAccessException, ResourceNotFoundException } from '../../core/errors/auth.errors.js';
import { AuthEvents } from '../../core/events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../../core/events/client-info.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { MailService } from '../../core/mail/mail.service.js';
import { Clock } from '../../core/ports/clock.js';
import { UnitOfWork } from '../../core/ports/unit-of-work.js';
import { InvitationRights } from './invitation-rights.js';
import { InvitationRevokedEvent, InvitationSentEvent } from './invitation.events.js';
import { INVITATION } from './invitation.mail.js';
import { INVITATION_OPTIONS, type ResolvedInvitationOptions } from './invitation.options.js';
import { type Invitation, InvitationRepository } from './invitation.ports.js';

/** Of one list. The limit of 20 mails an hour keeps most inviters far below. */
const MAX_LISTED = 500;

export interface InvitationRequest {
  email: string;
  /** Only roles that the inviter holds. @default none */
  roles?: readonly string[];
}

/** What an inviter does. The same checks with and without HTTP; nobody learns here whether an address has an account. */
@Injectable()
export class InvitationsService implements OnModuleInit {
  constructor(
    @Inject(INVITATION_OPTIONS) private readonly options: ResolvedInvitationOptions,
    private readonly invitations: InvitationRepository,
    private readonly rights: InvitationRights,
    private readonly mail: MailService,
    private readonly limits: MailLimits,
    private readonly units: UnitOfWork,
    private readonly events: AuthEvents,
    private readonly housekeeping: Housekeeping,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.housekeeping.register('invitations', (now, limit) => this.invitations.deleteExpired(now, limit));
  }

  /**
   * Invites an address; an earlier invitation of the same inviter to it is replaced. Over a limit of mail nothing happens, and nothing is
   * said.
   *
   * @throws ForbiddenAccessException, ValidationFailedException when it is no address
   */
  async invite(inviterId: string, { email, roles = [] }: InvitationRequest, client: ClientInfo = NO_CLIENT): Promise<void> {
    const recipient = addressOf(email);
    const granted = [...new Set(roles)].toSorted();
    await this.assertMayInvite(inviterId, granted);
    if (!(await this.limits.allows({ kind: INVITATION, recipient, client, inviter: inviterId }))) return;
    const now = this.clock.now();
    const expiresAt = now + this.options.tokenTtl;
    const invitation: Invitation = { id: randomToken(16), email: recipient, inviterId, roles: granted, createdAt: now, expiresAt };
    await this.units.run(async () => {
      await this.invitations.replace(invitation);
      await this.send(invitation, client);
    });
  }

  /** Pending ones of the inviter, newest first; those to addresses that have an account stay pending until they expire. */
  list(inviterId: string): Promise<Invitation[]> {
    return this.invitations.listPending(inviterId, this.clock.now(), MAX_LISTED);
  }

  /** The link stops working. @throws ResourceNotFoundException when it is accepted, gone or somebody else's */
  async revoke(inviterId: string, id: string, client: ClientInfo = NO_CLIENT): Promise<void> {
    await this.units.run(async () => {
      const now = this.clock.now();
      if (!(await this.invitations.take(id, now, inviterId))) throw new ResourceNotFoundException();
      await this.events.record(new InvitationRevokedEvent(now, { user: inviterId, client }, { invitationId: id }));
    });
  }

  /**
   * Sends another link, which lives as long as a first one would; the earlier link is dead once the new one leaves.
   *
   * @throws ResourceNotFoundException as {@link revoke}, ForbiddenAccessException
   */
  async resend(inviterId: string, id: string, client: ClientInfo = NO_CLIENT): Promise<void> {
    const invitation = await this.invitations.find(id);
    const now = this.clock.now();
    if (invitation === null || invitation.inviterId !== inviterId || invitation.expiresAt <= now)
      throw new ResourceNotFoundException();
    await this.assertMayInvite(inviterId, invitation.roles);
    const { email: recipient } = invitation;
    if (!(await this.limits.allows({ kind: INVITATION, recipient, client, inviter: inviterId }))) return;
    await this.units.run(async () => {
      if (!(await this.invitations.prolong(id, inviterId, now, now + this.options.tokenTtl))) throw new ResourceNotFoundException();
      await this.send(invitation, client);
    });
  }

  private async send({ id, inviterId, roles }: Invitation, client: ClientInfo): Promise<void> {
    await this.mail.queue({ kind: INVITATION, job: { id }, client });
    await this.events.record(new InvitationSentEvent(this.clock.now(), { user: inviterId, client }, { invitationId: id, roles }));
  }

  private async assertMayInvite(inviterId: string, roles: readonly string[]): Promise<void> {
    if (!(await this.rights.mayInvite(inviterId, roles))) throw new ForbiddenAccessException();
  }
}

import { AuthEvent } from '../../core/events/auth-event.js';

/** Somebody (`userId`) invited an address, which is not part of the event; also when an invitation is sent again. */
export class InvitationSentEvent extends AuthEvent<{ invitationId: string; roles: readonly string[] }> {
  static override readonly type = 'invitation.sent';
}

/** The invitation became an account (`userId`). */
export class InvitationAcceptedEvent extends AuthEvent<{ invitationId: string; inviterId: string; roles: readonly string[] }> {
  static override readonly type = 'invitation.accepted';
}

/** Taken back by who had sent it (`userId`). */
export class InvitationRevokedEvent extends AuthEvent<{ invitationId: string }> {
  static override readonly type = 'invitation.revoked';
}

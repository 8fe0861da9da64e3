export { type InvitationAcceptance, InvitationAcceptanceService, type InvitationResult } from './invitation-acceptance.service.js';
export { InvitationAcceptedEvent, InvitationRevokedEvent, InvitationSentEvent } from './invitation.events.js';
export { InvitationModule } from './invitation.module.js';
export type { InvitationModuleOptions } from './invitation.options.js';
export { type Invitation, InvitationRepository } from './invitation.ports.js';
export { type InvitationRequest, InvitationsService } from './invitations.service.js';

import { Injectable } from '@nestjs/common';
import { AccountCreation } from '../../core/accounts/account-creation.js';
import { AddressProof, isConfirmed } from '../../core/accounts/address-proof.js';
import { EmailTakenException, OneTimeTokenInvalidException } from '../../core/errors/auth.errors.js';
import type { AuthEvent } from '../../core/events/auth-event.js';
import { RoleGrantedEvent } from '../../core/events/auth.events.js';
import { AuthEvents } from '../../core/events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../../core/events/client-info.js';
import { PasswordsService } from '../../core/passwords/passwords.service.js';
import { Clock } from '../../core/ports/clock.js';
import { RoleRepository } from '../../core/ports/role.repository.js';
import type { SessionDelivery } from '../../core/ports/session.repository.js';
import { type AuthUser, UserRepository } from '../../core/ports/user.repository.js';
import { isActive, type SignInOutcome, SignInPipeline } from '../../core/sign-in/sign-in-pipeline.js';
import { OneTimeTokensService } from '../../core/tokens/one-time-tokens.service.js';
import { InvitationRights } from './invitation-rights.js';
import { InvitationAcceptedEvent } from './invitation.events.js';
import { INVITATION } from './invitation.mail.js';
import { type Invitation, InvitationRepository } from './invitation.ports.js';

export interface InvitationAcceptance {
  /** From the mailed link. */
  token: string;
  password: string;
  /** Properties of the user entity, validated by whoever took them in. */
  profile?: Record<string, unknown>;
  delivery: SessionDelivery;
  /** Keeps a cookie session beyond the browser's. @default false */
  remember?: boolean;
}

export type InvitationResult = { user: AuthUser } & SignInOutcome;

const METHOD = 'invitation';

/** Turns an invitation into an account, also where sign-up is closed. The same checks with and without HTTP. */
@Injectable()
export class InvitationAcceptanceService {
  constructor(
    private readonly invitations: InvitationRepository,
    private readonly rights: InvitationRights,
    private readonly tokens: OneTimeTokensService,
    private readonly users: UserRepository,
    private readonly roles: RoleRepository,
    private readonly passwords: PasswordsService,
    private readonly creation: AccountCreation,
    private readonly proof: AddressProof,
    private readonly pipeline: SignInPipeline,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Account, roles, session and audit rows in one transaction; the address is confirmed. What is refused leaves the invitation as it was.
   *
   * @throws OneTimeTokenInvalidException also when it was revoked, or when the inviter may no longer invite to this
   * @throws EmailTakenException when the address has an account whose owner has proved it
   * @throws PasswordRefusedException, OverloadedException, and what policies refuse with
   */
  async accept(request: InvitationAcceptance, client: ClientInfo = NO_CLIENT): Promise<InvitationResult> {
    const { token, password, profile = {}, delivery, remember = false } = request;
    const { email } = await this.pending((await this.tokens.inspect(INVITATION, token)).subject);
    const name = typeof profile['name'] === 'string' ? profile['name'] : null;
    await this.passwords.assertAcceptable(password, { email, name });
    const passwordHash = await this.passwords.hash(password);

    return this.pipeline.unit(async (transaction) => {
      const invitation = await this.pending((await this.tokens.redeem(INVITATION, token)).subject);
      const { id, inviterId, roles } = invitation;
      // Whoever takes it has it: revoking at the same moment finds it gone, or has taken it first.
      if (!(await this.invitations.take(id, this.clock.now()))) throw new OneTimeTokenInvalidException();
      if (!(await this.rights.mayInvite(inviterId, roles))) throw new OneTimeTokenInvalidException();
      const { user, made } = await this.account(invitation, passwordHash, profile, client, transaction);
      const also: AuthEvent[] = [
        ...made,
        ...(await this.grant(String(user.id), roles, client)),
        new InvitationAcceptedEvent(this.clock.now(), { user, client }, { invitationId: id, inviterId, roles }),
      ];
      const outcome = await this.pipeline.complete(
        { user, method: METHOD, amr: ['pwd'], delivery, remember, client },
        transaction,
        also,
      );
      if (outcome.status === 'interrupted') await this.events.record(...also);
      return { user, ...outcome };
    });
  }

  private async pending(id: string): Promise<Invitation> {
    const invitation = await this.invitations.find(id);
    if (invitation === null || invitation.expiresAt <= this.clock.now()) throw new OneTimeTokenInvalidException();
    return invitation;
  }

  /** A new account, or the one that somebody else had begun with an address that was never theirs. */
  private async account(
    { email }: Invitation,
    passwordHash: string,
    profile: Record<string, unknown>,
    client: ClientInfo,
    transaction: unknown,
  ): Promise<{ user: AuthUser; made: AuthEvent[] }> {
    const existing = await this.users.findByEmail(email);
    if (existing === null) {
      const emailConfirmedAt = new Date(this.clock.now());
      const account = { email, passwordHash, emailConfirmedAt, profile, method: METHOD, client };
      const { user, event } = await this.creation.create(account, transaction);
      return { user, made: [event] };
    }
    if (isConfirmed(existing) || !isActive(existing)) throw new EmailTakenException();
    const claimed = await this.proof.claim({ user: existing, by: METHOD, client }, passwordHash);
    const updated = Object.keys(profile).length === 0 ? claimed : await this.users.updateProfile(String(claimed.id), profile);
    return { user: updated ?? claimed, made: [] };
  }

  private async grant(userId: string, roles: readonly string[], client: ClientInfo): Promise<AuthEvent[]> {
    const granted: AuthEvent[] = [];
    for (const role of roles) {
      if (await this.roles.grant(userId, role)) {
        granted.push(new RoleGrantedEvent(this.clock.now(), { user: userId, client }, { role }));
      }
    }
    return granted;
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { RoleRepository } from '../../core/ports/role.repository.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { isActive } from '../../core/sign-in/sign-in-pipeline.js';
import { INVITATION_OPTIONS, type ResolvedInvitationOptions } from './invitation.options.js';

/** Who may invite whom to what, as the database says now: asked when somebody invites, and again when somebody accepts. */
@Injectable()
export class InvitationRights {
  constructor(
    @Inject(INVITATION_OPTIONS) private readonly options: ResolvedInvitationOptions,
    private readonly users: UserRepository,
    private readonly roles: RoleRepository,
  ) {}

  /** The inviter's account is active, has the permission that inviting asks for, and holds every one of `roles`. */
  async mayInvite(inviterId: string, roles: readonly string[]): Promise<boolean> {
    const inviter = await this.users.findById(inviterId);
    if (inviter === null || !isActive(inviter)) return false;
    const held = await this.roles.rolesOf(inviterId);
    const { permission } = this.options;
    if (permission !== undefined && !held.permissions.includes(permission)) return false;
    return roles.every((role) => held.roles.includes(role));
  }
}

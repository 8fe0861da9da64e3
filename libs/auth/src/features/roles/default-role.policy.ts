import { Inject, Injectable } from '@nestjs/common';
import { UnknownRoleException } from '../../core/errors/auth.errors.js';
import { RoleGrantedEvent } from '../../core/events/auth.events.js';
import { AuthEvents } from '../../core/events/auth-events.js';
import { type SignUpPolicy, type SignUpRequest, UseSignUpPolicy } from '../../core/events/policies.js';
import { Clock } from '../../core/ports/clock.js';
import { RoleRepository } from '../../core/ports/role.repository.js';
import type { AuthUser } from '../../core/ports/user.repository.js';
import { type ResolvedRolesOptions, ROLES_OPTIONS } from './roles.options.js';

/** Gives new accounts the default role inside the transaction of their sign-up: no account without it, whichever way it came. */
@Injectable()
@UseSignUpPolicy()
export class DefaultRolePolicy implements SignUpPolicy {
  constructor(
    @Inject(ROLES_OPTIONS) private readonly options: ResolvedRolesOptions,
    private readonly roles: RoleRepository,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  async afterSignUp({ user, client }: SignUpRequest & { user: AuthUser }): Promise<void> {
    const { defaultRole: role } = this.options;
    if (role === undefined) return;
    await this.grant(String(user.id), role);
    await this.events.record(new RoleGrantedEvent(this.clock.now(), { user, client }, { role }));
  }

  private async grant(userId: string, role: string): Promise<void> {
    try {
      await this.roles.grant(userId, role);
    } catch (error) {
      if (!(error instanceof UnknownRoleException)) throw error;
      // Somebody emptied the table since the start. That is not the fault of who signs up.
      await this.roles.seed(this.options.roles);
      await this.roles.grant(userId, role);
    }
  }
}

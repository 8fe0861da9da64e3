import { Injectable } from '@nestjs/common';
import { ResourceNotFoundException, UnknownRoleException, ValidationFailedException } from '../../core/errors/auth.errors.js';
import { RoleGrantedEvent, RoleRevokedEvent } from '../../core/events/auth.events.js';
import { AuthEvents } from '../../core/events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../../core/events/client-info.js';
import { Clock } from '../../core/ports/clock.js';
import { EVERYBODY } from '../../core/ports/revocation-log.js';
import { type GrantedRoles, type RoleDefinition, RoleRepository } from '../../core/ports/role.repository.js';
import { UnitOfWork } from '../../core/ports/unit-of-work.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { RevocationAnnouncer } from '../../core/sessions/revocation-announcer.js';
import { RoleDefinedEvent } from './roles.events.js';
import { arePermissions, isRoleName } from './roles.options.js';

/**
 * Roles, and who holds them. Whatever changes here acts on live sessions at once in this process and within a second in every other; the
 * sessions stay.
 */
@Injectable()
export class RolesService {
  constructor(
    private readonly users: UserRepository,
    private readonly roles: RoleRepository,
    private readonly units: UnitOfWork,
    private readonly revocations: RevocationAnnouncer,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {}

  /** What the user may do according to the database now; nothing for an unknown user. */
  rolesOf(userId: string): Promise<GrantedRoles> {
    return this.roles.rolesOf(userId);
  }

  /**
   * Returns `false` when the user holds the role already; then nothing is written.
   *
   * @param client who asked, for the audit log
   * @throws ResourceNotFoundException when there is no such user
   * @throws UnknownRoleException when there is no such role
   */
  grant(userId: string, role: string, client: ClientInfo = NO_CLIENT): Promise<boolean> {
    return this.units.run(async () => {
      const subject = await this.subjectOf(userId);
      if (!(await this.roles.grant(subject, role))) return false;
      await this.revocations.announce({ kind: 'roles', subject });
      await this.events.record(new RoleGrantedEvent(this.clock.now(), { user: subject, client }, { role }));
      return true;
    });
  }

  /** Returns `false` when the user does not hold the role. Parameters and errors as in {@link grant}. */
  revoke(userId: string, role: string, client: ClientInfo = NO_CLIENT): Promise<boolean> {
    return this.units.run(async () => {
      const subject = await this.subjectOf(userId);
      if (!(await this.roles.revoke(subject, role))) {
        if (!(await this.roles.exists(role))) throw new UnknownRoleException(role);
        return false;
      }
      await this.revocations.announce({ kind: 'roles', subject });
      await this.events.record(new RoleRevokedEvent(this.clock.now(), { user: subject, client }, { role }));
      return true;
    });
  }

  /**
   * Creates a role, or gives it exactly these permissions; whoever holds it feels that.
   *
   * @throws ValidationFailedException for a name or a permission that cannot be stored
   */
  async define({ name, permissions }: RoleDefinition, client: ClientInfo = NO_CLIENT): Promise<void> {
    if (!isRoleName(name)) throw invalid('name', 'is_role_name', 'This cannot be the name of a role');
    if (!arePermissions(permissions)) throw invalid('permissions', 'are_permissions', 'These cannot be permissions');
    const role = { name, permissions: [...new Set(permissions)] };
    await this.units.run(async () => {
      await this.roles.define(role);
      await this.revocations.announce({ kind: 'roles', subject: EVERYBODY });
      await this.events.record(
        new RoleDefinedEvent(this.clock.now(), { client }, { role: role.name, permissions: role.permissions }),
      );
    });
  }

  /** Every role, by name. */
  list(): Promise<RoleDefinition[]> {
    return this.roles.list();
  }

  private async subjectOf(userId: string): Promise<string> {
    const user = await this.users.findById(userId);
    if (user === null) throw new ResourceNotFoundException();
    return String(user.id);
  }
}

const invalid = (field: string, code: string, message: string) => new ValidationFailedException([{ field, code, message }]);

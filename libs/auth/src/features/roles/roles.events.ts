import { AuthEvent } from '../../core/events/auth-event.js';

/** A role was created or got other permissions. Granting and revoking are events of the core. */
export class RoleDefinedEvent extends AuthEvent<{ role: string; permissions: readonly string[] }> {
  static override readonly type = 'role.defined';
}

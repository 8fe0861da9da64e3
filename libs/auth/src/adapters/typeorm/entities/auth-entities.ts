import { AuthAttemptEntity } from './auth-attempt.entity.js';
import { AuthAuditEntity } from './auth-audit.entity.js';
import { AuthInvitationEntity } from './auth-invitation.entity.js';
import { AuthLeaseEntity } from './auth-lease.entity.js';
import { AuthOneTimeTokenEntity } from './auth-one-time-token.entity.js';
import { AuthOutboxEntity } from './auth-outbox.entity.js';
import { AuthRevocationEntity } from './auth-revocation.entity.js';
import { AuthRoleEntity, AuthUserRoleEntity } from './auth-role.entity.js';
import { AuthSessionEntity } from './auth-session.entity.js';
import { AuthUserEntity } from './auth-user.entity.js';

/** The library's own tables, beside whatever entity holds the users: for hosts that list their entities instead of `autoLoadEntities`. */
export const authSideEntities = [
  AuthSessionEntity,
  AuthOneTimeTokenEntity,
  AuthAttemptEntity,
  AuthRoleEntity,
  AuthUserRoleEntity,
  AuthAuditEntity,
  AuthRevocationEntity,
  AuthOutboxEntity,
  AuthInvitationEntity,
  AuthLeaseEntity,
] as const;

/** {@link authSideEntities} and `auth_user`. */
export const authEntities = [AuthUserEntity, ...authSideEntities] as const;

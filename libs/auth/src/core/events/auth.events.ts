import type { SessionDelivery } from '../ports/session.repository.js';
import { AuthEvent } from './auth-event.js';

/** How somebody proved who they are, e.g. `password`; for `refresh`, that they hold the newest token. */
export type SignInMethod = 'password' | 'sign_up' | 'refresh' | (string & {});

export class UserSignedUpEvent extends AuthEvent<{ method: SignInMethod }> {
  static override readonly type = 'user.signedUp';
}

/** The address was proved; `by` says how: `email_confirmation`, `magic_link`, `password_reset`, … */
export class UserConfirmedEvent extends AuthEvent<{ by: string }> {
  static override readonly type = 'user.confirmed';
}

/** The account has another address. Neither the old nor the new one is part of the event. */
export class UserEmailChangedEvent extends AuthEvent {
  static override readonly type = 'user.emailChanged';
}

export class UserPasswordChangedEvent extends AuthEvent {
  static override readonly type = 'user.passwordChanged';
}

/** A new password by mailed link. */
export class UserPasswordResetEvent extends AuthEvent {
  static override readonly type = 'user.passwordReset';
}

export class UserLockedEvent extends AuthEvent<{ reason: 'manual' | 'hard_stop' }> {
  static override readonly type = 'user.locked';
}

export class UserUnlockedEvent extends AuthEvent {
  static override readonly type = 'user.unlocked';
}

export class UserDisabledEvent extends AuthEvent {
  static override readonly type = 'user.disabled';
}

export class UserDeletedEvent extends AuthEvent {
  static override readonly type = 'user.deleted';
}

export class SignInSucceededEvent extends AuthEvent<{ method: SignInMethod }> {
  static override readonly type = 'signIn.succeeded';
}

/** Why a sign-in failed; for the log only, the client gets one answer for all. */
export type SignInFailure = 'unknown_user' | 'wrong_password' | 'no_password' | 'disabled' | 'locked' | 'throttled';

export class SignInFailedEvent extends AuthEvent<{ method: SignInMethod; reason: SignInFailure }> {
  static override readonly type = 'signIn.failed';
}

export class SignInVetoedEvent extends AuthEvent<{ method: SignInMethod; errorCode: string }> {
  static override readonly type = 'signIn.vetoed';
}

export class SessionCreatedEvent extends AuthEvent<{ delivery: SessionDelivery; remembered: boolean; amr: readonly string[] }> {
  static override readonly type = 'session.created';
}

/** Far too frequent for the audit log. */
export class SessionRefreshedEvent extends AuthEvent<{ generation: number }> {
  static override readonly type = 'session.refreshed';
  static override readonly audited = false;
}

export type RevocationReason =
  | 'sign_out'
  | 'ended_by_user'
  | 'ended_by_administrator'
  | 'password_changed'
  | 'password_reset'
  | 'email_changed'
  | 'address_proved'
  | 'reuse'
  | 'disabled'
  | 'locked'
  | 'deleted';

/** One session (`sessionId`), or every session of the user but at most one (`count`). */
export class SessionRevokedEvent extends AuthEvent<{ reason: RevocationReason; count: number }> {
  static override readonly type = 'session.revoked';
}

export class SessionReuseDetectedEvent extends AuthEvent<{ generation: number; current: number }> {
  static override readonly type = 'session.reuseDetected';
}

export class RoleGrantedEvent extends AuthEvent<{ role: string }> {
  static override readonly type = 'role.granted';
}

export class RoleRevokedEvent extends AuthEvent<{ role: string }> {
  static override readonly type = 'role.revoked';
}

/**
 * A signed-in user was refused for want of a role or a permission. At most one a minute for a user, a handler and a process: a flood of
 * refusals is one row a minute.
 */
export class AccessDeniedEvent extends AuthEvent<{ handler: string; required: readonly string[] }> {
  static override readonly type = 'access.denied';
}

/**
 * A request was refused by a limit: of failures (`account`, `source`, `device`, `session`) or of requests (`signIn`, `signUp`, `mail`,
 * `route`). Not audited, since a flood would flood the audit log too.
 */
export class ThrottleLimitedEvent extends AuthEvent<{ limit: string; retryAfterMs: number }> {
  static override readonly type = 'throttle.limited';
  static override readonly audited = false;
}

/** Mail events are not audited: they are as frequent as mail, and what they are about has its own row. */
export class MailQueuedEvent extends AuthEvent<{ kind: string }> {
  static override readonly type = 'mail.queued';
  static override readonly audited = false;
}

/** The next hop has accepted the message. */
export class MailSentEvent extends AuthEvent<{ kind: string; attempts: number }> {
  static override readonly type = 'mail.sent';
  static override readonly audited = false;
}

/** The first attempt failed (`dead: false`), or the message is given up. */
export class MailFailedEvent extends AuthEvent<{
  kind: string;
  attempts: number;
  dead: boolean;
  /** `rejected`: by the next hop, for good. `key_missing`: its secret is not in the ring of the process that tried. `failed`: all else. */
  reason: 'failed' | 'rejected' | 'key_missing';
}> {
  static override readonly type = 'mail.failed';
  static override readonly audited = false;
}

/** A message was not written, since too many were. */
export class MailLimitedEvent extends AuthEvent<{ kind: string; limit: 'recipient' | 'source' | 'inviter' }> {
  static override readonly type = 'mail.limited';
  static override readonly audited = false;
}

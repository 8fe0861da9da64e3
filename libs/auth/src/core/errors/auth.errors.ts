import { AuthException, type FieldFault } from './auth.exception.js';

/** RFC 6750 section 3: a 401 names the scheme, and the error when a token was presented. */
const bearer = (error?: 'invalid_token'): Record<string, string> => ({
  'WWW-Authenticate': error === undefined ? 'Bearer' : `Bearer error="${error}"`,
});

/** 400: a field is missing, unknown, or of the wrong type or form. */
export class ValidationFailedException extends AuthException {
  constructor(details: readonly FieldFault[]) {
    super(400, 'auth.validation_failed', 'The request is not valid', { details });
  }
}

/** 400: the password policy refuses the password; `details` has every reason. */
export class PasswordRefusedException extends AuthException {
  constructor(details: readonly [FieldFault, ...FieldFault[]]) {
    super(400, `auth.${details[0].code}`, details[0].message, { details });
  }
}

/** 400: unknown, used, replaced and expired one-time tokens are deliberately one answer. */
export class OneTimeTokenInvalidException extends AuthException {
  constructor() {
    super(400, 'auth.one_time_token_invalid', 'This link or code is not valid');
  }
}

/** 401: wrong password and unknown, locked, disabled or password-less account are deliberately one answer. */
export class InvalidCredentialsException extends AuthException {
  constructor() {
    super(401, 'auth.invalid_credentials', 'The e-mail address or the password is not right', { headers: bearer() });
  }
}

/** 401: the route needs a session and none was presented. */
export class NotAuthenticatedException extends AuthException {
  constructor() {
    super(401, 'auth.not_authenticated', 'Sign in first', { headers: bearer() });
  }
}

/** 401: an access token or session past its time. */
export class TokenExpiredException extends AuthException {
  constructor() {
    super(401, 'auth.token_expired', 'The session has expired', { headers: bearer('invalid_token') });
  }
}

/** 401: malformed, forged, of another purpose or for another audience. */
export class TokenInvalidException extends AuthException {
  constructor() {
    super(401, 'auth.token_invalid', 'The token is not valid', { headers: bearer('invalid_token') });
  }
}

/** 401: the session was ended. */
export class SessionRevokedException extends AuthException {
  constructor() {
    super(401, 'auth.session_revoked', 'The session has ended', { headers: bearer('invalid_token') });
  }
}

/** 401: the refresh token is unknown, superseded or expired. Nothing was revoked. */
export class RefreshInvalidException extends AuthException {
  constructor() {
    super(401, 'auth.refresh_invalid', 'The refresh token is not valid', { headers: bearer('invalid_token') });
  }
}

/** 401: a superseded refresh token came back after the grace; its session has been ended (RFC 9700 section 4.14.2). */
export class RefreshReusedException extends AuthException {
  constructor() {
    super(401, 'auth.refresh_reused', 'The refresh token was used before; the session has ended', {
      headers: bearer('invalid_token'),
    });
  }
}

/** 403: signed in, but without the role or permission. */
export class ForbiddenAccessException extends AuthException {
  constructor() {
    super(403, 'auth.forbidden', 'You may not do this');
  }
}

/** 403: an unsafe request authenticated by cookie did not come from a trusted origin. */
export class OriginRejectedException extends AuthException {
  constructor() {
    super(403, 'auth.origin_rejected', 'The request comes from an origin that is not trusted');
  }
}

/** 403: the user must prove who they are again (`POST /step-up`). */
export class RecentAuthRequiredException extends AuthException {
  constructor() {
    super(403, 'auth.recent_auth_required', 'Confirm that it is you first');
  }
}

/** 403: a second factor is needed for this. */
export class MfaRequiredException extends AuthException {
  constructor() {
    super(403, 'auth.mfa_required', 'A second factor is needed for this');
  }
}

/** 403: a policy of the host refused the sign-in. */
export class SignInVetoedException extends AuthException {
  constructor(message = 'Signing in was refused') {
    super(403, 'auth.sign_in_vetoed', message);
  }
}

/** 403: too many wrong passwords; answer the challenge in `challengeResponse` and try again. */
export class ChallengeRequiredException extends AuthException {
  constructor() {
    super(403, 'auth.challenge_required', 'Show that you are a person first');
  }
}

/** 403 and not 401, so that clients do not take it for an ended session. */
export class PasswordIncorrectException extends AuthException {
  constructor(field = 'password') {
    super(403, 'auth.password_incorrect', 'The password is not right', {
      details: [{ field, code: 'password_incorrect', message: 'The password is not right' }],
    });
  }
}

/** 403: the address must be proved before signing in. Said only to who has given the right password. */
export class EmailUnconfirmedException extends AuthException {
  constructor() {
    super(403, 'auth.email_unconfirmed', 'Confirm your e-mail address first; we have sent you a mail');
  }
}

/** 404: missing, or somebody else's. */
export class ResourceNotFoundException extends AuthException {
  constructor() {
    super(404, 'auth.not_found', 'There is no such thing');
  }
}

/** 409: the address has an account. */
export class EmailTakenException extends AuthException {
  constructor() {
    super(409, 'auth.email_taken', 'This e-mail address already has an account', {
      details: [{ field: 'email', code: 'email_taken', message: 'This e-mail address already has an account' }],
    });
  }
}

/** 415: a body that is not JSON. */
export class UnsupportedMediaTypeAuthException extends AuthException {
  constructor() {
    super(415, 'auth.unsupported_media_type', 'Send application/json');
  }
}

export interface RateLimit {
  limit: number;
  remaining: number;
  /** Until the limit starts anew. */
  resetMs: number;
}

const seconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)));

/** 429: too many attempts, until `Retry-After`. */
export class TooManyAttemptsException extends AuthException {
  constructor(retryAfterMs: number, limit?: RateLimit) {
    super(429, 'auth.too_many_attempts', 'Too many attempts, try again later', {
      headers: {
        'Retry-After': seconds(retryAfterMs),
        'RateLimit-Limit': String(limit?.limit ?? 1),
        'RateLimit-Remaining': String(limit?.remaining ?? 0),
        'RateLimit-Reset': seconds(limit?.resetMs ?? retryAfterMs),
      },
    });
  }
}

/** 503: a store could not answer in time. Nothing was acknowledged. */
export class StoreUnavailableException extends AuthException {
  constructor(options?: ErrorOptions) {
    super(503, 'auth.store_unavailable', 'The service is not available, try again', {
      ...options,
      headers: { 'Retry-After': '1' },
    });
  }
}

/** Longest `Retry-After` of `auth.overloaded`, in seconds. */
const OVERLOADED_RETRY = 3;

/** 503: more work than can be done in time; shed before it started. `Retry-After` is 1 to 3 s, so that not all come back at once. */
export class OverloadedException extends AuthException {
  constructor() {
    const seconds = 1 + Math.floor(Math.random() * OVERLOADED_RETRY);
    super(503, 'auth.overloaded', 'The service is busy, try again', { headers: { 'Retry-After': String(seconds) } });
  }
}

/** A role that was never defined. A mistake of the caller, not of a client. */
export class UnknownRoleException extends AuthException {
  constructor(role: string) {
    super(400, 'auth.validation_failed', `There is no role ${JSON.stringify(role)}`, {
      details: [{ field: 'role', code: 'unknown_role', message: `There is no role ${JSON.stringify(role)}` }],
    });
  }
}

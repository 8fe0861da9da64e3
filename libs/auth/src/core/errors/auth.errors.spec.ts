import { STATUS_CODES } from 'node:http';
import { inspect } from 'node:util';
import { HttpException } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AuthConfigurationError } from './auth-configuration.error.js';
import * as errors from './auth.errors.js';
import { AuthException } from './auth.exception.js';

const UNKNOWN = { 'WWW-Authenticate': 'Bearer' };
const REFUSED = { 'WWW-Authenticate': 'Bearer error="invalid_token"' };
const BAD_EMAIL = { field: 'email', code: 'malformed', message: 'Not an e-mail address' };
const SHORT = { field: 'newPassword', code: 'password_too_short', message: 'At least 8 characters' };
const BLOCKED = { field: 'newPassword', code: 'password_blocked', message: 'Too common', rule: 'common' };
const sentence = expect.stringMatching(/^[A-Z].+\w$/) as string;
const incorrect = (field: string) => [{ field, code: 'password_incorrect', message: sentence }];

interface Answer {
  headers?: Record<string, string>;
  details?: readonly object[];
}

const limited = (retry: number, limit: number, remaining: number, reset: number): Answer => ({
  headers: {
    'Retry-After': String(retry),
    'RateLimit-Limit': String(limit),
    'RateLimit-Remaining': String(remaining),
    'RateLimit-Reset': String(reset),
  },
});

/** Made anew by each test. */
const ANSWERS: readonly [() => AuthException, number, string, Answer?][] = [
  [() => new errors.ValidationFailedException([BAD_EMAIL]), 400, 'auth.validation_failed', { details: [BAD_EMAIL] }],
  [() => new errors.PasswordRefusedException([SHORT, BLOCKED]), 400, 'auth.password_too_short', { details: [SHORT, BLOCKED] }],
  [() => new errors.OneTimeTokenInvalidException(), 400, 'auth.one_time_token_invalid'],
  [
    () => new errors.UnknownRoleException('pilot'),
    400,
    'auth.validation_failed',
    { details: [{ field: 'role', code: 'unknown_role', message: 'There is no role "pilot"' }] },
  ],
  [() => new errors.InvalidCredentialsException(), 401, 'auth.invalid_credentials', { headers: UNKNOWN }],
  [() => new errors.NotAuthenticatedException(), 401, 'auth.not_authenticated', { headers: UNKNOWN }],
  [() => new errors.TokenExpiredException(), 401, 'auth.token_expired', { headers: REFUSED }],
  [() => new errors.TokenInvalidException(), 401, 'auth.token_invalid', { headers: REFUSED }],
  [() => new errors.SessionRevokedException(), 401, 'auth.session_revoked', { headers: REFUSED }],
  [() => new errors.RefreshInvalidException(), 401, 'auth.refresh_invalid', { headers: REFUSED }],
  [() => new errors.RefreshReusedException(), 401, 'auth.refresh_reused', { headers: REFUSED }],
  [() => new errors.ForbiddenAccessException(), 403, 'auth.forbidden'],
  [() => new errors.OriginRejectedException(), 403, 'auth.origin_rejected'],
  [() => new errors.RecentAuthRequiredException(), 403, 'auth.recent_auth_required'],
  [() => new errors.MfaRequiredException(), 403, 'auth.mfa_required'],
  [() => new errors.SignInVetoedException(), 403, 'auth.sign_in_vetoed'],
  [() => new errors.ChallengeRequiredException(), 403, 'auth.challenge_required'],
  [() => new errors.PasswordIncorrectException(), 403, 'auth.password_incorrect', { details: incorrect('password') }],
  [() => new errors.PasswordIncorrectException('current'), 403, 'auth.password_incorrect', { details: incorrect('current') }],
  [() => new errors.EmailUnconfirmedException(), 403, 'auth.email_unconfirmed'],
  [() => new errors.ResourceNotFoundException(), 404, 'auth.not_found'],
  [
    () => new errors.EmailTakenException(),
    409,
    'auth.email_taken',
    { details: [{ field: 'email', code: 'email_taken', message: sentence }] },
  ],
  [() => new errors.UnsupportedMediaTypeAuthException(), 415, 'auth.unsupported_media_type'],
  [() => new errors.TooManyAttemptsException(1_001), 429, 'auth.too_many_attempts', limited(2, 1, 0, 2)],
  [() => new errors.TooManyAttemptsException(0), 429, 'auth.too_many_attempts', limited(1, 1, 0, 1)],
  [
    () => new errors.TooManyAttemptsException(2_000, { limit: 10, remaining: 3, resetMs: 59_500 }),
    429,
    'auth.too_many_attempts',
    limited(2, 10, 3, 60),
  ],
  [() => new errors.StoreUnavailableException(), 503, 'auth.store_unavailable', { headers: { 'Retry-After': '1' } }],
];

describe('the refusals', () => {
  afterEach(() => vi.restoreAllMocks());

  it.each(ANSWERS)('%s: %i %s', (make, statusCode, errorCode, { headers = {}, details } = {}) => {
    const error = make();
    expect(error).toBeInstanceOf(HttpException);
    expect(error.getStatus()).toBe(statusCode);
    expect(error).toMatchObject({ errorCode });
    expect(error.headers).toEqual(headers);
    const body = { statusCode, error: STATUS_CODES[statusCode], message: expect.any(String) as string, errorCode };
    expect(error.getResponse()).toStrictEqual(details === undefined ? body : { ...body, details });
    expect(error.message).toMatch(/^[A-Z].*[\w"]$/);
  });

  it('have all been looked at', () => {
    const seen = new Set([...ANSWERS.map(([make]) => make().constructor), errors.OverloadedException]);
    expect(new Set(Object.values(errors))).toEqual(seen);
  });

  it('say what a policy says', () => {
    expect(new errors.SignInVetoedException('Not on Sundays').message).toBe('Not on Sundays');
    expect(new errors.PasswordRefusedException([SHORT]).message).toBe(SHORT.message);
  });

  it('keep the cause to themselves', () => {
    const cause = new Error('connection refused at 10.0.0.7');
    const error = new errors.StoreUnavailableException({ cause });
    expect(error.cause).toBe(cause);
    expect(JSON.stringify(error.getResponse())).not.toContain('10.0.0.7');
  });

  it.each([
    [0, '1'],
    [0.34, '2'],
    [0.999, '3'],
  ])('send the overloaded away for one to three seconds, by chance (%d)', (chance, seconds) => {
    vi.spyOn(Math, 'random').mockReturnValue(chance);
    const error = new errors.OverloadedException();
    expect(error.getResponse()).toMatchObject({ statusCode: 503, errorCode: 'auth.overloaded', message: sentence });
    expect(error.headers).toEqual({ 'Retry-After': seconds });
  });

  it('may have a status that has no name', () => {
    expect(new AuthException(499, 'auth.gone', 'Too late').getResponse()).toMatchObject({ error: 'Error' });
  });
});

describe('AuthConfigurationError', () => {
  const PROBLEMS = [
    { option: 'secrets', problem: 'are empty.', remedy: 'Set one.', rule: 'secrets.missing' },
    { option: 'mail.from', problem: 'is missing.', remedy: 'Set it.' },
  ];
  const TEXT = [
    'Latchkey is not configured safely (2):',
    '  - secrets: are empty. Set one. [secrets.missing]',
    '  - mail.from: is missing. Set it.',
  ].join('\n');

  it('prints every problem with its remedy, and no stack', () => {
    const error = new AuthConfigurationError(PROBLEMS);
    expect(error.message).toBe(TEXT);
    expect(error.stack).toBe(`AuthConfigurationError: ${TEXT}`);
    expect(inspect(error)).toBe(`AuthConfigurationError: ${TEXT}`);
    expect(String(error)).toBe(`AuthConfigurationError: ${TEXT}`);
    expect(error.problems).toBe(PROBLEMS);
  });

  it('has nothing to enumerate, and may be changed by whoever hands it on', () => {
    const error = new AuthConfigurationError(PROBLEMS);
    expect(Object.keys(error)).toEqual([]);
    const flags = { enumerable: false, writable: true, configurable: true };
    for (const name of ['name', 'problems', 'stack']) expect(Object.getOwnPropertyDescriptor(error, name)).toMatchObject(flags);
  });

  it('has a cause', () => {
    const cause = new Error('why');
    expect(new AuthConfigurationError(PROBLEMS, { cause }).cause).toBe(cause);
  });
});

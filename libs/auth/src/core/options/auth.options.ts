import type { Type } from '@nestjs/common';
import type { Duration } from '../../common/duration.js';
import type { KeyProvider } from '../ports/key-provider.js';
import type { AccessTokenAlgorithm } from '../ports/key-provider.js';
import type { BreachCheck, StrengthEstimate } from '../ports/password-policy.js';
import type { SessionDelivery } from '../ports/session.repository.js';
import type { MailLanguage, MailWordingChanges } from './mail.options.js';

import type { LinkTarget } from './link-target.js';

/** How strict boot is, and which defaults are safe. */
export type AuthEnvironment = 'production' | 'development' | 'test';

export interface SessionLifetime {
  /** Ends a session that was not used for this long. */
  idle?: Duration;
  /** Ends a session this long after it was opened, however much it was used. */
  absolute?: Duration;
}

export interface SessionsOptions {
  /** @default idle 30 d, absolute 90 d */
  bearer?: SessionLifetime;
  /** @default idle 30 min, absolute 24 h (NIST SP 800-63B section 4: AAL2 at most 24 h) */
  cookie?: SessionLifetime;
  /** A cookie with `remember: true`. @default idle 30 d, absolute 90 d */
  remembered?: SessionLifetime;
  /** How long the immediate predecessor of a refresh token still gets the same successor. @default '10s' */
  refreshGrace?: Duration;
}

export interface TokensOptions {
  /** @default 'HS256' */
  algorithm?: AccessTokenAlgorithm;
  /** Life of an access token; at most one hour. @default '15m' */
  accessTtl?: Duration;
  /** `iss`. @default `baseUrl` */
  issuer?: string;
  /** `aud`. @default `baseUrl` */
  audience?: string;
  /** Where the key pairs of an asymmetric algorithm come from. */
  keys?: KeyProvider;
}

/** A secret with the name under which hashes remember it. */
export interface PepperKey {
  id: string;
  secret: string;
}

export interface PasswordsOptions {
  /** In code points. @default 8 (ASVS 5.0 6.2.1) */
  minLength?: number;
  /** In code points. @default 128 (ASVS 5.0 6.2.9: at least 64) */
  maxLength?: number;
  /** 15 code points when the password is the only factor (NIST SP 800-63B-4 section 3.1.1.2). @default false */
  nist?: boolean;
  /** Keyed step outside the database; a list is a ring, the first is used for new hashes. */
  pepper?: string | readonly PepperKey[];
  /** Words that nobody's password may consist of, beside the application's name and the person's own. @default [] */
  words?: readonly string[];
  /** Refuses passwords that have leaked, e.g. `hibp()`; not asked unless it is set. */
  breachCheck?: BreachCheck;
  /** Refuses what an estimator finds weak, e.g. `zxcvbn({ minScore: 3 })`; not asked unless it is set. */
  strength?: StrengthEstimate;
}

export interface LockoutOptions {
  /** Failures within `window` that start the first delay. @default 5 */
  maxFailures?: number;
  /** @default '5m' */
  window?: Duration;
  /** The last one repeats. @default ['1m', '2m', '4m', '8m', '15m'] */
  delays?: readonly Duration[];
  /** Consecutive failures that stop the account until it is unlocked; at most 100 (NIST SP 800-63B section 5.2.2). @default 100 */
  hardStop?: number;
  /** Failures after which sign-in wants a challenge answered; asked only where there is a `ChallengeVerifier`. @default 3 */
  challengeAfter?: number;
  /** Path below `baseUrl` of the host's own page for the link out of the hard stop. @default the built-in page */
  unlockPage?: string;
  /** How long that link works. @default '60m' */
  unlockTtl?: Duration;
}

/** At most `limit` within `window`. */
export interface RateOptions {
  limit?: number;
  window?: Duration;
}

/** Limits per source: an IPv4 address, or the /64 of an IPv6 address. Behind proxies set `trustedProxies`, or all users are one source. */
export interface ThrottleOptions {
  /** Requests to sign in. @default 30 in '1m' */
  signIn?: RateOptions;
  /** Requests to sign up. @default 20 in '1h' */
  signUp?: RateOptions;
  /** Requests that can cause mail without a session (forgotten password, resend, magic link), together. @default 20 in '1m' */
  mail?: RateOptions;
  /** Requests that bring a mailed token (reset, confirmation, invitation, unlock), each route by itself. @default 60 in '1m' */
  token?: RateOptions;
  failures?: SourceFailuresOptions;
}

/** Wrong passwords of one source, whatever the accounts. Known devices and live sessions are exempt. */
export interface SourceFailuresOptions {
  /** @default 10 */
  perMinute?: number;
  /** @default 100 */
  perDay?: number;
}

export interface CookieOptions {
  /** @default 'lax' */
  sameSite?: 'lax' | 'strict' | 'none';
  /** Shares the cookie with sub-domains; the `__Host-` prefix is lost with it. @default undefined */
  domain?: string;
}

/** How much mail anonymous and inviting requests can cause. The answer is the same when a limit is reached. */
export interface MailLimitsOptions {
  /** To one recipient, of one kind. @default 2 */
  perMinute?: number;
  /** To one recipient, of one kind. @default 5 */
  perHour?: number;
  /** In an hour: from one source, and from one inviter. @default 20 */
  perSource?: number;
}

/** Bounds of password hashing, so that a flood of sign-ins leaves the rest of the application alone. */
export interface HashingOptions {
  /** Hashes computed at the same time. @default the cores, at most one less than libuv's threads */
  concurrency?: number;
  /** Hashes waiting; one more is 503 `auth.overloaded`. @default as many as can be answered within a second */
  queue?: number;
}

/** What `AuthModule.forRoot` takes, and what the factory of `forRootAsync` returns. */
export interface AuthModuleOptions {
  /**
   * At least 32 bytes of real entropy (`npx nestjs-latchkey generate-secret`). A list is a key ring: the first signs, all verify.
   * Keys of every purpose are derived from it by HKDF.
   */
  secret: string | readonly string[];
  /** Public URL of the application: links, issuer and cookie security follow it, never the `Host` header. */
  baseUrl: string;
  /** @default `NODE_ENV` when it is one of these; else `development` for a loopback `baseUrl`, else `production` */
  environment?: AuthEnvironment;
  /** `strict`: access tokens of 5 min, `passwords.nist`, cookie idle 15 min. */
  preset?: 'strict';
  /** @default host name of `baseUrl` */
  appName?: string;
  /** Under the host's global prefix and versioning. @default 'auth' */
  routePrefix?: string;
  /** How clients may hold a session; the first is what a client gets that does not say. @default ['bearer', 'cookie'] */
  delivery?: readonly SessionDelivery[];
  /** Origins whose pages may send cookie-borne writes. @default [origin of `baseUrl`] */
  trustedOrigins?: readonly string[];
  /** Networks (CIDR) of the proxies in front; forwarding headers are believed only from them. @default [] */
  trustedProxies?: readonly string[];
  cookie?: CookieOptions;
  passwords?: PasswordsOptions;
  hashing?: HashingOptions;
  tokens?: TokensOptions;
  sessions?: SessionsOptions;
  /** `closed`: `POST /signup` is 404. @default 'open' */
  signUp?: 'open' | 'closed';
  /** What "recent" means where `@RequireRecentAuth()` does not say. @default '10m' */
  recentAuth?: Duration;
  /** Class (class-validator) of the fields accepted at sign-up and by `PATCH /me` besides e-mail and password. @default `{ name }` */
  profile?: Type;
  /** Failures per account; `false` switches the delays off (for load tests). */
  lockout?: LockoutOptions | false;
  /** Words of mail, by kind and language, instead of the built-in ones. @default {} */
  mailWording?: Readonly<Record<string, MailWordingChanges>>;
  /** @default a property `language` of the user's entity, else English */
  mailLanguage?: MailLanguage;
  /** `false` switches the limits off (for load tests). */
  mailLimits?: MailLimitsOptions | false;
  /** Limits per source; `false` switches them off (for load tests). */
  throttle?: ThrottleOptions | false;
  /** Ids of boot rules knowingly accepted in production. @default [] */
  acknowledge?: readonly string[];
}

export interface ResolvedLockout {
  maxFailures: number;
  window: number;
  delays: readonly number[];
  hardStop: number;
  challengeAfter: number;
  unlock: { link: LinkTarget; ttl: number };
}

export interface ResolvedRate {
  limit: number;
  /** Milliseconds. */
  window: number;
}

export interface ResolvedThrottle {
  signIn: ResolvedRate;
  signUp: ResolvedRate;
  mail: ResolvedRate;
  token: ResolvedRate;
  failures: { perMinute: number; perDay: number };
}

export interface ResolvedLifetime {
  /** Milliseconds. */
  idle: number;
  /** Milliseconds. */
  absolute: number;
}

/** Every option with its value; durations in milliseconds. Inject it with {@link AUTH_OPTIONS}. */
export interface ResolvedAuthOptions {
  secrets: readonly string[];
  baseUrl: string;
  origin: string;
  environment: AuthEnvironment;
  appName: string;
  routePrefix: string;
  delivery: readonly SessionDelivery[];
  trustedOrigins: ReadonlySet<string>;
  trustedProxies: readonly string[];
  cookie: { name: string; sameSite: 'lax' | 'strict' | 'none'; domain: string | undefined; secure: boolean };
  passwords: {
    minLength: number;
    maxLength: number;
    nist: boolean;
    pepper: readonly PepperKey[];
    words: readonly string[];
    breachCheck: BreachCheck | undefined;
    strength: StrengthEstimate | undefined;
  };
  hashing: { concurrency: number | undefined; queue: number | undefined };
  tokens: {
    algorithm: AccessTokenAlgorithm;
    accessTtl: number;
    issuer: string;
    audience: string;
    keys: KeyProvider | undefined;
  };
  sessions: { bearer: ResolvedLifetime; cookie: ResolvedLifetime; remembered: ResolvedLifetime; refreshGrace: number };
  signUp: 'open' | 'closed';
  recentAuth: number;
  profile: Type;
  /** `false` when failures are not counted. */
  lockout: ResolvedLockout | false;
  mailWording: Readonly<Record<string, MailWordingChanges>>;
  mailLanguage: MailLanguage | undefined;
  /** `false` when mail is not counted. */
  mailLimits: { perMinute: number; perHour: number; perSource: number } | false;
  /** `false` when nothing is counted per source. */
  throttle: ResolvedThrottle | false;
  acknowledge: readonly string[];
}

export const AUTH_OPTIONS = Symbol('AUTH_OPTIONS');

import type { AuthModuleOptions } from './auth.options.js';
import { DefaultProfile } from './default-profile.js';

/** Every default of the core in one place; what depends on `baseUrl` is derived in `resolveAuthOptions`. There is no default secret. */
export const AUTH_DEFAULTS = {
  routePrefix: 'auth',
  delivery: ['bearer', 'cookie'],
  trustedProxies: [],
  cookie: { sameSite: 'lax', domain: undefined },
  passwords: {
    minLength: 8,
    maxLength: 128,
    nist: false,
    pepper: undefined,
    words: [],
    breachCheck: undefined,
    strength: undefined,
  },
  hashing: { concurrency: undefined, queue: undefined },
  tokens: { algorithm: 'HS256', accessTtl: '15m' },
  sessions: {
    bearer: { idle: '30d', absolute: '90d' },
    cookie: { idle: '30m', absolute: '24h' },
    remembered: { idle: '30d', absolute: '90d' },
    refreshGrace: '10s',
  },
  signUp: 'open',
  recentAuth: '10m',
  profile: DefaultProfile,
  lockout: {
    maxFailures: 5,
    window: '5m',
    delays: ['1m', '2m', '4m', '8m', '15m'],
    hardStop: 100,
    challengeAfter: 3,
    unlockPage: undefined,
    unlockTtl: '60m',
  },
  throttle: {
    signIn: { limit: 30, window: '1m' },
    signUp: { limit: 20, window: '1h' },
    mail: { limit: 20, window: '1m' },
    token: { limit: 60, window: '1m' },
    failures: { perMinute: 10, perDay: 100 },
  },
  mailLimits: { perMinute: 2, perHour: 5, perSource: 20 },
  acknowledge: [],
} as const satisfies Partial<AuthModuleOptions>;

/** What `preset: 'strict'` changes. */
export const STRICT_PRESET = {
  passwords: { nist: true },
  tokens: { accessTtl: '5m' },
  sessions: { cookie: { idle: '15m' } },
} as const satisfies Partial<AuthModuleOptions>;

/** NIST SP 800-63B-4 section 3.1.1.2, when the password is the only factor. */
export const NIST_MIN_LENGTH = 15;

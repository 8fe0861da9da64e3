import { createHash } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { IpNetworks } from '../../common/ip-address.js';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import { AUTH_DEFAULTS, NIST_MIN_LENGTH, STRICT_PRESET } from './auth.defaults.js';
import type {
  AuthEnvironment,
  AuthModuleOptions,
  PepperKey,
  ResolvedAuthOptions,
  ResolvedLifetime,
  SessionLifetime,
} from './auth.options.js';
import { OptionChecks } from './option-checks.js';
import { resolveLockout } from './resolve-lockout.js';
import { resolveMailOptions } from './resolve-mail-options.js';
import { resolveThrottle } from './resolve-throttle.js';
import { secretWeakness } from './secret-strength.js';

const KNOWN = {
  '': [
    'secret',
    'baseUrl',
    'environment',
    'preset',
    'appName',
    'routePrefix',
    'delivery',
    'trustedOrigins',
    'trustedProxies',
    'cookie',
    'passwords',
    'hashing',
    'tokens',
    'sessions',
    'signUp',
    'recentAuth',
    'profile',
    'lockout',
    'mailWording',
    'mailLanguage',
    'mailLimits',
    'throttle',
    'acknowledge',
  ],
  cookie: ['sameSite', 'domain'],
  passwords: ['minLength', 'maxLength', 'nist', 'pepper', 'words', 'breachCheck', 'strength'],
  hashing: ['concurrency', 'queue'],
  tokens: ['algorithm', 'accessTtl', 'issuer', 'audience', 'keys'],
  sessions: ['bearer', 'cookie', 'remembered', 'refreshGrace'],
  lifetime: ['idle', 'absolute'],
} as const;

/** Options of the module, which it takes away before the rest comes here. */
const DECIDED_WITH_THE_GRAPH = ['storage', 'cache', 'mail', 'hasher', 'globalGuard', 'passport', 'overrides'] as const;

const ENVIRONMENTS = ['development', 'test', 'production'] as const;
const HOUR = 3_600_000;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** `undefined` never overrides: options read from an environment are often absent. */
function merged<T extends object>(...layers: (object | undefined)[]): T {
  const result: Record<string, unknown> = {};
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer ?? {})) if (value !== undefined) result[key] = value;
  }
  return result as T;
}

function parseBaseUrl(checks: OptionChecks, value: unknown): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '')
    return url;
  checks.add(
    'baseUrl',
    'is not an absolute http(s) URL.',
    "Use the public URL of the application, e.g. 'https://app.example.com'.",
  );
  return new URL('https://invalid.example');
}

function resolveEnvironment(checks: OptionChecks, value: unknown, loopback: boolean): AuthEnvironment {
  if (value !== undefined) return checks.oneOf('environment', value, ENVIRONMENTS);
  const fromNode = ENVIRONMENTS.find((one) => one === process.env['NODE_ENV']);
  return fromNode ?? (loopback ? 'development' : 'production');
}

function resolveOrigins(checks: OptionChecks, value: readonly string[] | undefined, own: string): ReadonlySet<string> {
  if (value === undefined) return new Set([own]);
  if (!Array.isArray(value))
    checks.add('trustedOrigins', 'is not a list.', "Use a list of origins, e.g. ['https://app.example.com'].");
  const origins = new Set<string>();
  for (const entry of Array.isArray(value) ? value : []) {
    const url = typeof entry === 'string' && URL.canParse(entry) ? new URL(entry) : undefined;
    if (url !== undefined && /^https?:$/.test(url.protocol) && (entry === url.origin || entry === `${url.origin}/`))
      origins.add(url.origin);
    else {
      checks.add(
        'trustedOrigins',
        `${JSON.stringify(entry)} is not an origin.`,
        "Use scheme, host and port only, e.g. 'https://app.example.com'; '*' is never possible with cookies.",
      );
    }
  }
  return origins;
}

/** Names a pepper that has no name, so that another one in its place is noticed. */
const pepperId = (secret: string): string =>
  createHash('sha256').update(`latchkey pepper ${secret}`).digest('base64url').slice(0, 8);

function resolvePepper(checks: OptionChecks, value: string | readonly PepperKey[] | undefined): readonly PepperKey[] {
  if (value === undefined) return [];
  const keys: readonly PepperKey[] = typeof value === 'string' ? [{ id: pepperId(value), secret: value }] : value;
  if (!Array.isArray(keys)) {
    checks.add('passwords.pepper', 'is neither text nor a list of keys.', "Use a secret, or e.g. [{ id: '2026', secret }].");
    return [];
  }
  const ids = new Set<string>();
  for (const key of keys) {
    if (typeof key?.id !== 'string' || !/^[\w-]{1,32}$/.test(key.id) || ids.has(key.id)) {
      checks.add(
        'passwords.pepper',
        'has a key without a name of its own.',
        "Give each key a unique id, e.g. { id: '2026', secret }.",
      );
    } else ids.add(key.id);
    const weakness = secretWeakness(key?.secret);
    if (weakness !== undefined) checks.add('passwords.pepper', weakness, 'Generate one: npx nestjs-latchkey generate-secret');
  }
  return keys;
}

/**
 * Checks and completes the options; the one place where a default is applied.
 *
 * @throws AuthConfigurationError with every problem at once
 */
export function resolveAuthOptions(given: AuthModuleOptions): ResolvedAuthOptions {
  const checks = new OptionChecks();
  if (!checks.keys('', given, KNOWN[''], DECIDED_WITH_THE_GRAPH)) throw new AuthConfigurationError(checks.problems);
  const options: AuthModuleOptions = given;
  if (options.preset !== undefined) checks.oneOf('preset', options.preset, ['strict']);
  const preset: Partial<AuthModuleOptions> = options.preset === 'strict' ? STRICT_PRESET : {};

  const layer = <K extends 'cookie' | 'passwords' | 'hashing' | 'tokens' | 'sessions'>(key: K) => {
    if (options[key] !== undefined) checks.keys(key, options[key], KNOWN[key]);
    return merged<NonNullable<AuthModuleOptions[K]>>(AUTH_DEFAULTS[key], preset[key], options[key] as object | undefined);
  };

  const secrets = Array.isArray(options.secret) ? (options.secret as readonly string[]) : [options.secret as string];
  if (secrets.length === 0) checks.add('secret', 'is an empty list.', 'Generate one: npx nestjs-latchkey generate-secret');
  for (const [index, secret] of secrets.entries()) {
    const weakness = secretWeakness(secret);
    const name = secrets.length > 1 ? `secret[${index}]` : 'secret';
    if (weakness !== undefined) checks.add(name, weakness, 'Generate one: npx nestjs-latchkey generate-secret');
    else if (secrets.indexOf(secret) !== index) checks.add(name, 'is the same as an earlier one.', 'Remove it from the list.');
  }

  const url = parseBaseUrl(checks, options.baseUrl);
  const loopback = LOOPBACK.test(url.hostname);
  const environment = resolveEnvironment(checks, options.environment, loopback);
  const secure = url.protocol === 'https:';
  if (environment === 'production' && !secure) {
    checks.add('baseUrl', 'is not https in production.', 'Use the public https URL.');
  } else if (!secure && !loopback) {
    checks.add('baseUrl', 'is http on a host that is not loopback.', 'Use https, or localhost for development.');
  }

  const routePrefix = String(options.routePrefix ?? AUTH_DEFAULTS.routePrefix).replace(/^\/+|\/+$/g, '');
  if (typeof (options.routePrefix ?? '') !== 'string' || !/^[\w-]+(\/[\w-]+)*$/.test(routePrefix))
    checks.add('routePrefix', 'is not a path.', "Use letters, digits and '-', e.g. 'auth'.");

  const delivery = options.delivery ?? AUTH_DEFAULTS.delivery;
  if (!Array.isArray(delivery) || delivery.length === 0)
    checks.add('delivery', 'is not a list.', "Use ['bearer', 'cookie'] or one of them.");
  else delivery.forEach((one) => checks.oneOf('delivery', one, ['bearer', 'cookie']));

  const trustedProxies = options.trustedProxies ?? AUTH_DEFAULTS.trustedProxies;
  try {
    if (!Array.isArray(trustedProxies)) throw new TypeError('is not a list');
    void new IpNetworks(trustedProxies.map(String));
  } catch (error) {
    checks.add('trustedProxies', (error as Error).message + '.', "Use networks, e.g. ['10.0.0.0/8'].");
  }

  const cookie = layer('cookie');
  const sameSite = checks.oneOf('cookie.sameSite', cookie.sameSite, ['lax', 'strict', 'none']);
  if (sameSite === 'none' && !secure)
    checks.add('cookie.sameSite', "'none' needs a Secure cookie.", "Use an https baseUrl, or 'lax'.");
  if (cookie.domain !== undefined && !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(cookie.domain)) {
    checks.add('cookie.domain', 'is not a domain.', "Use a host name without scheme, e.g. 'example.com'.");
  }

  const passwords = layer('passwords');
  const nist = checks.boolean('passwords.nist', passwords.nist);
  const minLength = checks.integer('passwords.minLength', passwords.minLength, 1, 128);
  const maxLength = checks.integer('passwords.maxLength', passwords.maxLength, 64, 1024);

  if (minLength > maxLength)
    checks.add(
      'passwords.minLength',
      'is more than passwords.maxLength: nobody could sign up.',
      'Use less, or a greater maxLength.',
    );

  const words: readonly string[] = passwords.words ?? [];
  if (!Array.isArray(words) || words.some((word) => typeof word !== 'string' || [...word].length < 3))
    checks.add('passwords.words', 'is not a list of words.', "Use words of at least 3 characters, e.g. ['acme'].");
  if (passwords.breachCheck !== undefined && typeof passwords.breachCheck.isBreached !== 'function')
    checks.add('passwords.breachCheck', 'cannot look anything up.', 'Pass hibp(), or an object with isBreached().');
  if (passwords.strength !== undefined && typeof passwords.strength.isStrong !== 'function')
    checks.add('passwords.strength', 'cannot estimate anything.', 'Pass zxcvbn(), or an object with isStrong().');

  const hashing = layer('hashing');
  const tokens = layer('tokens');
  const algorithm = checks.oneOf('tokens.algorithm', tokens.algorithm, ['HS256', 'EdDSA', 'ES256', 'RS256']);
  const accessTtl = checks.duration('tokens.accessTtl', tokens.accessTtl!);
  if (accessTtl > HOUR) checks.add('tokens.accessTtl', 'is over an hour.', "Use '15m' or less; sessions go on by refresh.");
  if (algorithm === 'HS256' && tokens.keys !== undefined) {
    checks.add('tokens.keys', 'is set, but HS256 uses keys derived from `secret`.', "Set tokens.algorithm to the keys' algorithm.");
  }
  const baseUrl = url.href.replace(/\/+$/, '');

  const sessions = layer('sessions');
  const lifetime = (kind: 'bearer' | 'cookie' | 'remembered'): ResolvedLifetime => {
    const path = `sessions.${kind}`;
    if (options.sessions?.[kind] !== undefined) checks.keys(path, options.sessions[kind], KNOWN.lifetime);
    const presets: Partial<Record<typeof kind, SessionLifetime>> = preset.sessions ?? {};
    const value = merged<Required<SessionLifetime>>(AUTH_DEFAULTS.sessions[kind], presets[kind], options.sessions?.[kind]);
    const absolute = checks.duration(`${path}.absolute`, value.absolute);
    const idle = checks.duration(`${path}.idle`, value.idle);
    // Who shortens only the absolute lifetime means the idle one no longer than it.
    if (idle > absolute && options.sessions?.[kind]?.idle !== undefined) {
      checks.add(`${path}.idle`, 'is longer than the absolute lifetime.', `Use at most ${path}.absolute.`);
    }
    return { idle: Math.min(idle, absolute), absolute };
  };

  const lockout = resolveLockout(checks, options.lockout, routePrefix);

  const profile = (options.profile ?? AUTH_DEFAULTS.profile) as Type;
  if (typeof profile !== 'function') checks.add('profile', 'is not a class.', 'Pass a class with class-validator decorators.');
  if (options.acknowledge !== undefined && !Array.isArray(options.acknowledge)) {
    checks.add('acknowledge', 'is not a list.', "Use a list of rule ids, e.g. ['storage.sqlite'].");
  }

  const resolved: ResolvedAuthOptions = {
    secrets,
    baseUrl,
    origin: url.origin,
    environment,
    appName: options.appName === undefined ? url.hostname : checks.text('appName', options.appName),
    routePrefix,
    delivery,
    trustedOrigins: resolveOrigins(checks, options.trustedOrigins, url.origin),
    trustedProxies,
    cookie: {
      name: secure && cookie.domain === undefined ? '__Host-latchkey' : 'latchkey',
      sameSite,
      domain: cookie.domain,
      secure,
    },
    passwords: {
      minLength: nist ? Math.max(minLength, NIST_MIN_LENGTH) : minLength,
      maxLength,
      nist,
      pepper: resolvePepper(checks, passwords.pepper),
      words: Array.isArray(words) ? words : [],
      breachCheck: passwords.breachCheck,
      strength: passwords.strength,
    },
    hashing: {
      concurrency:
        hashing.concurrency === undefined ? undefined : checks.integer('hashing.concurrency', hashing.concurrency, 1, 1024),
      queue: hashing.queue === undefined ? undefined : checks.integer('hashing.queue', hashing.queue, 0, 1_000_000),
    },
    tokens: {
      algorithm,
      accessTtl,
      issuer: tokens.issuer === undefined ? baseUrl : checks.text('tokens.issuer', tokens.issuer),
      audience: tokens.audience === undefined ? baseUrl : checks.text('tokens.audience', tokens.audience),
      keys: tokens.keys,
    },
    sessions: {
      bearer: lifetime('bearer'),
      cookie: lifetime('cookie'),
      remembered: lifetime('remembered'),
      refreshGrace: checks.duration('sessions.refreshGrace', sessions.refreshGrace!),
    },
    signUp: checks.oneOf('signUp', options.signUp ?? AUTH_DEFAULTS.signUp, ['open', 'closed']),
    recentAuth: checks.duration('recentAuth', options.recentAuth ?? AUTH_DEFAULTS.recentAuth),
    profile,
    lockout,
    ...resolveMailOptions(checks, options),
    throttle: resolveThrottle(checks, options.throttle),
    acknowledge: options.acknowledge ?? AUTH_DEFAULTS.acknowledge,
  };
  if (checks.problems.length > 0) throw new AuthConfigurationError(checks.problems);
  return resolved;
}

import type { Type } from '@nestjs/common';
import { AuthConfigurationError, type ConfigurationProblem } from '../errors/auth-configuration.error.js';
import { AUTH_DEFAULTS, STRICT_PRESET } from './auth.defaults.js';
import type { AuthModuleOptions, ResolvedAuthOptions } from './auth.options.js';
import { OptionChecks } from './option-checks.js';
import { resolveLockout } from './resolve-lockout.js';
import { resolveMailOptions } from './resolve-mail-options.js';
import { resolveHashing, resolvePasswords } from './resolve-passwords.js';
import { resolvePlace } from './resolve-place.js';
import { resolveSecrets } from './resolve-secrets.js';
import { resolveSessions } from './resolve-sessions.js';
import { resolveThrottle } from './resolve-throttle.js';
import { resolveTokens } from './resolve-tokens.js';

/** In the order of the documentation, which is that of messages, too. */
export const KNOWN_OPTIONS = [
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
] as const satisfies readonly (keyof AuthModuleOptions)[];

/** Options of the module, which it takes away before the rest comes here. */
const DECIDED_WITH_THE_GRAPH = ['storage', 'cache', 'mail', 'hasher', 'globalGuard', 'passport', 'overrides'] as const;

/** Options as far as they could be understood, and what could not. */
export interface ReadOptions {
  options: ResolvedAuthOptions;
  problems: readonly ConfigurationProblem[];
}

/**
 * Checks and completes the options.
 *
 * @throws AuthConfigurationError with everything that is unknown, missing or not of its type
 */
export function resolveAuthOptions(given: AuthModuleOptions): ResolvedAuthOptions {
  const { options, problems } = readAuthOptions(given);
  if (problems.length > 0) throw new AuthConfigurationError(problems);
  return options;
}

/** Checks and completes the options; the one place where a default is applied. What cannot be used is replaced by its default. */
export function readAuthOptions(given: AuthModuleOptions): ReadOptions {
  const checks = new OptionChecks();
  const options = checks.keys('', given, KNOWN_OPTIONS, DECIDED_WITH_THE_GRAPH)
    ? (given as unknown as AuthModuleOptions)
    : ({} as AuthModuleOptions);
  // Who has passed no options at all is told so, and not what is missing in them.
  const missing = options === given ? checks : new OptionChecks();
  if (options.preset !== undefined) checks.oneOf('preset', options.preset, ['strict']);
  const preset: Partial<AuthModuleOptions> = options.preset === 'strict' ? STRICT_PRESET : {};

  const secrets = resolveSecrets(missing, options.secret);
  const place = resolvePlace(missing, options);
  const resolved: ResolvedAuthOptions = {
    secrets,
    ...place,
    passwords: resolvePasswords(checks, options.passwords, preset.passwords),
    hashing: resolveHashing(checks, options.hashing),
    tokens: resolveTokens(checks, options.tokens, preset.tokens, place.baseUrl),
    sessions: resolveSessions(checks, options.sessions, preset.sessions),
    signUp: checks.oneOf('signUp', options.signUp ?? AUTH_DEFAULTS.signUp, ['open', 'closed']),
    recentAuth: checks.duration('recentAuth', options.recentAuth ?? AUTH_DEFAULTS.recentAuth),
    profile: resolveProfile(checks, options.profile),
    lockout: resolveLockout(checks, options.lockout, place.routePrefix),
    ...resolveMailOptions(checks, options),
    throttle: resolveThrottle(checks, options.throttle),
    acknowledge: resolveAcknowledged(checks, options.acknowledge),
  };
  return { options: resolved, problems: inDocumentedOrder(checks.problems) };
}

function resolveProfile(checks: OptionChecks, given: AuthModuleOptions['profile']): Type {
  const profile: Type = given ?? AUTH_DEFAULTS.profile;
  if (typeof profile === 'function') return profile;
  checks.add('profile', 'is not a class.', 'Pass a class with class-validator decorators.');
  return AUTH_DEFAULTS.profile;
}

function resolveAcknowledged(checks: OptionChecks, given: unknown): readonly string[] {
  if (given === undefined) return AUTH_DEFAULTS.acknowledge;
  if (Array.isArray(given) && given.every((id) => typeof id === 'string')) return given;
  checks.add('acknowledge', 'is not a list.', "Use a list of rule ids, e.g. ['storage.sqlite'].");
  return AUTH_DEFAULTS.acknowledge;
}

/** Problems of options before those of other things, unknown options last. */
export function inDocumentedOrder<T extends ConfigurationProblem>(problems: readonly T[]): T[] {
  const place = ({ option }: T): number => {
    const index = KNOWN_OPTIONS.indexOf(option.split(/[.[]/)[0] as (typeof KNOWN_OPTIONS)[number]);
    return index < 0 ? KNOWN_OPTIONS.length : index;
  };
  return problems.toSorted((a, b) => place(a) - place(b));
}

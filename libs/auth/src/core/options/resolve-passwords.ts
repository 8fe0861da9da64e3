import { createHash } from 'node:crypto';
import { AUTH_DEFAULTS, NIST_MIN_LENGTH } from './auth.defaults.js';
import type { AuthModuleOptions, PasswordsOptions, PepperKey, ResolvedAuthOptions } from './auth.options.js';
import { merged } from './merged.js';
import type { OptionChecks } from './option-checks.js';

/** The option `passwords`. @param preset what the preset says of it */
export function resolvePasswords(
  checks: OptionChecks,
  given: AuthModuleOptions['passwords'],
  preset: PasswordsOptions | undefined,
): ResolvedAuthOptions['passwords'] {
  const defaults = AUTH_DEFAULTS.passwords;
  if (given !== undefined) checks.keys('passwords', given, Object.keys(defaults));
  const passwords = merged<PasswordsOptions>(defaults, preset, given);
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
  if (passwords.breachCheck !== undefined && typeof passwords.breachCheck?.isBreached !== 'function')
    checks.add('passwords.breachCheck', 'cannot look anything up.', 'Pass hibp(), or an object with isBreached().');
  if (passwords.strength !== undefined && typeof passwords.strength?.isStrong !== 'function')
    checks.add('passwords.strength', 'cannot estimate anything.', 'Pass zxcvbn(), or an object with isStrong().');

  return {
    minLength: nist ? Math.max(minLength, NIST_MIN_LENGTH) : minLength,
    maxLength,
    nist,
    pepper: resolvePepper(checks, passwords.pepper),
    words: Array.isArray(words) ? words : [],
    breachCheck: passwords.breachCheck,
    strength: passwords.strength,
  };
}

/** The option `hashing`. */
export function resolveHashing(checks: OptionChecks, given: AuthModuleOptions['hashing']): ResolvedAuthOptions['hashing'] {
  if (given !== undefined) checks.keys('hashing', given, Object.keys(AUTH_DEFAULTS.hashing));
  const { concurrency, queue } = merged<NonNullable<AuthModuleOptions['hashing']>>(AUTH_DEFAULTS.hashing, given);
  return {
    concurrency: concurrency === undefined ? undefined : checks.integer('hashing.concurrency', concurrency, 1, 1024),
    queue: queue === undefined ? undefined : checks.integer('hashing.queue', queue, 0, 1_000_000),
  };
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
    if (typeof key?.secret !== 'string' || key.secret === '')
      checks.add('passwords.pepper', 'is missing.', 'Generate one: npx nestjs-latchkey generate-secret');
  }
  return keys.filter((key) => typeof key?.secret === 'string');
}

import type { Duration } from '../../common/duration.js';
import { AUTH_DEFAULTS } from './auth.defaults.js';
import type { AuthModuleOptions, LockoutOptions, ResolvedLockout } from './auth.options.js';
import { resolveLinkTarget } from './link-target.js';
import type { OptionChecks } from './option-checks.js';

/** The option `lockout`. @param routePrefix resolved */
export function resolveLockout(
  checks: OptionChecks,
  given: AuthModuleOptions['lockout'],
  routePrefix: string,
): ResolvedLockout | false {
  if (given === false) return false;
  const defaults = AUTH_DEFAULTS.lockout;
  const lockout: LockoutOptions = given !== undefined && checks.keys('lockout', given, Object.keys(defaults)) ? given : {};
  const delays: readonly Duration[] = lockout.delays ?? defaults.delays;
  if (!Array.isArray(delays) || delays.length === 0) {
    checks.add('lockout.delays', 'is not a list of durations.', "Use e.g. ['1m', '5m'].");
  }
  return {
    maxFailures: checks.integer('lockout.maxFailures', lockout.maxFailures ?? defaults.maxFailures, 1, 100),
    window: checks.duration('lockout.window', lockout.window ?? defaults.window),
    delays: Array.isArray(delays) ? delays.map((delay: Duration) => checks.duration('lockout.delays', delay)) : [],
    hardStop: checks.integer('lockout.hardStop', lockout.hardStop ?? defaults.hardStop, 1, 100),
    challengeAfter: checks.integer('lockout.challengeAfter', lockout.challengeAfter ?? defaults.challengeAfter, 0, 100),
    unlock: {
      link: resolveLinkTarget(checks, lockout.unlockPage, routePrefix, 'unlock', 'lockout.unlockPage'),
      ttl: checks.duration('lockout.unlockTtl', lockout.unlockTtl ?? defaults.unlockTtl),
    },
  };
}

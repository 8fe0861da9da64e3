import { AUTH_DEFAULTS } from './auth.defaults.js';
import type { AuthModuleOptions, RateOptions, ResolvedRate, ResolvedThrottle, SourceFailuresOptions } from './auth.options.js';
import type { OptionChecks } from './option-checks.js';

const MOST = 1_000_000;

/** The option `throttle`. */
export function resolveThrottle(checks: OptionChecks, given: AuthModuleOptions['throttle']): ResolvedThrottle | false {
  if (given === false) return false;
  const defaults = AUTH_DEFAULTS.throttle;
  const throttle = given !== undefined && checks.keys('throttle', given, Object.keys(defaults)) ? given : {};
  const rate = (name: 'signIn' | 'signUp' | 'mail' | 'token'): ResolvedRate => {
    const path = `throttle.${name}`;
    const chosen: RateOptions = throttle[name] ?? {};
    checks.keys(path, chosen, ['limit', 'window']);
    return {
      limit: checks.integer(`${path}.limit`, chosen.limit ?? defaults[name].limit, 1, MOST),
      window: checks.duration(`${path}.window`, chosen.window ?? defaults[name].window),
    };
  };
  const failures: SourceFailuresOptions = throttle.failures ?? {};
  checks.keys('throttle.failures', failures, ['perMinute', 'perDay']);
  const { perMinute = defaults.failures.perMinute, perDay = defaults.failures.perDay } = failures;
  return {
    signIn: rate('signIn'),
    signUp: rate('signUp'),
    mail: rate('mail'),
    token: rate('token'),
    failures: {
      perMinute: checks.integer('throttle.failures.perMinute', perMinute, 1, MOST),
      perDay: checks.integer('throttle.failures.perDay', perDay, 1, MOST),
    },
  };
}

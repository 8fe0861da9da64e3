import { AUTH_DEFAULTS } from './auth.defaults.js';
import type { AuthModuleOptions, ResolvedAuthOptions, ResolvedLifetime, SessionLifetime, SessionsOptions } from './auth.options.js';
import { merged } from './merged.js';
import type { OptionChecks } from './option-checks.js';

/** The option `sessions`. @param preset what the preset says of it */
export function resolveSessions(
  checks: OptionChecks,
  given: AuthModuleOptions['sessions'],
  preset: SessionsOptions | undefined,
): ResolvedAuthOptions['sessions'] {
  const defaults = AUTH_DEFAULTS.sessions;
  if (given !== undefined) checks.keys('sessions', given, Object.keys(defaults));
  const lifetime = (kind: 'bearer' | 'cookie' | 'remembered'): ResolvedLifetime => {
    const path = `sessions.${kind}`;
    const own = given?.[kind];
    if (own !== undefined) checks.keys(path, own, ['idle', 'absolute']);
    const value = merged<Required<SessionLifetime>>(defaults[kind], preset?.[kind], own);
    const absolute = checks.duration(`${path}.absolute`, value.absolute);
    const idle = checks.duration(`${path}.idle`, value.idle);
    // Who shortens only the absolute lifetime means the idle one no longer than it.
    if (idle > absolute && own?.idle !== undefined) {
      checks.add(`${path}.idle`, 'is longer than the absolute lifetime.', `Use at most ${path}.absolute.`);
    }
    return { idle: Math.min(idle, absolute), absolute };
  };
  return {
    bearer: lifetime('bearer'),
    cookie: lifetime('cookie'),
    remembered: lifetime('remembered'),
    refreshGrace: checks.duration('sessions.refreshGrace', given?.refreshGrace ?? preset?.refreshGrace ?? defaults.refreshGrace),
  };
}

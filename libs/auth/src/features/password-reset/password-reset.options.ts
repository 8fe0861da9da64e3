import type { Duration } from '../../common/duration.js';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import type { ResolvedAuthOptions } from '../../core/options/auth.options.js';
import { type LinkTarget, resolveLinkTarget } from '../../core/options/link-target.js';
import { OptionChecks } from '../../core/options/option-checks.js';

/** What `PasswordResetModule.forRoot` takes, and what the factory of `forRootAsync` returns. */
export interface PasswordResetModuleOptions {
  /** Path below `baseUrl` of the host's own page; the link adds `#` and the token. @default the built-in page */
  page?: string;
  /** How long a link works. @default '60m' */
  tokenTtl?: Duration;
}

export interface ResolvedPasswordResetOptions {
  link: LinkTarget;
  /** Milliseconds. */
  tokenTtl: number;
}

export const PASSWORD_RESET_DEFAULTS = { tokenTtl: '60m' } as const satisfies PasswordResetModuleOptions;

export const PASSWORD_RESET_OPTIONS = Symbol('PASSWORD_RESET_OPTIONS');

/** Of the built-in page, and of the request that it sends. */
export const PASSWORD_RESET_ROUTE = 'password/reset';

/** @throws AuthConfigurationError with every problem at once */
export function resolvePasswordResetOptions(
  given: PasswordResetModuleOptions,
  { routePrefix }: Pick<ResolvedAuthOptions, 'routePrefix'>,
): ResolvedPasswordResetOptions {
  const checks = new OptionChecks();
  if (!checks.keys('', given, ['page', 'tokenTtl'])) throw new AuthConfigurationError(checks.problems);
  const { page, tokenTtl = PASSWORD_RESET_DEFAULTS.tokenTtl }: PasswordResetModuleOptions = given;
  const resolved = {
    link: resolveLinkTarget(checks, page, routePrefix, PASSWORD_RESET_ROUTE),
    tokenTtl: checks.duration('tokenTtl', tokenTtl),
  };
  if (checks.problems.length > 0) throw new AuthConfigurationError(checks.problems);
  return resolved;
}

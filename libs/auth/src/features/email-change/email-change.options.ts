import type { Duration } from '../../common/duration.js';
import { EMAIL_CONFIRM_ROUTE } from '../../core/accounts/email-proofs.js';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import type { ResolvedAuthOptions } from '../../core/options/auth.options.js';
import { type LinkTarget, resolveLinkTarget } from '../../core/options/link-target.js';
import { OptionChecks } from '../../core/options/option-checks.js';

/** What `EmailChangeModule.forRoot` takes, and what the factory of `forRootAsync` returns. */
export interface EmailChangeModuleOptions {
  /** Path below `baseUrl` of the host's own page; the link adds `#` and the token. @default the built-in page */
  page?: string;
  /** How long a link works. @default '60m' */
  tokenTtl?: Duration;
  /** Whether the old address is told when a change is asked for, and when it is done. @default true */
  notices?: boolean;
}

export interface ResolvedEmailChangeOptions {
  link: LinkTarget;
  /** Milliseconds. */
  tokenTtl: number;
  notices: boolean;
}

export const EMAIL_CHANGE_DEFAULTS = { tokenTtl: '60m', notices: true } as const satisfies EmailChangeModuleOptions;

export const EMAIL_CHANGE_OPTIONS = Symbol('EMAIL_CHANGE_OPTIONS');

/** @throws AuthConfigurationError with every problem at once */
export function resolveEmailChangeOptions(
  given: EmailChangeModuleOptions,
  { routePrefix }: Pick<ResolvedAuthOptions, 'routePrefix'>,
): ResolvedEmailChangeOptions {
  const checks = new OptionChecks();
  if (!checks.keys('', given, ['page', 'tokenTtl', 'notices'])) throw new AuthConfigurationError(checks.problems);
  const { tokenTtl, notices } = { ...EMAIL_CHANGE_DEFAULTS, ...(given as EmailChangeModuleOptions) };
  const resolved = {
    link: resolveLinkTarget(checks, given['page'], routePrefix, EMAIL_CONFIRM_ROUTE),
    tokenTtl: checks.duration('tokenTtl', tokenTtl),
    notices: checks.boolean('notices', notices),
  };
  if (checks.problems.length > 0) throw new AuthConfigurationError(checks.problems);
  return resolved;
}

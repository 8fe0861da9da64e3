import type { Duration } from '../../common/duration.js';
import { EMAIL_CONFIRM_ROUTE } from '../../core/accounts/email-proofs.js';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import type { ResolvedAuthOptions } from '../../core/options/auth.options.js';
import { type LinkTarget, resolveLinkTarget } from '../../core/options/link-target.js';
import { OptionChecks } from '../../core/options/option-checks.js';

/** What `EmailConfirmationModule.forRoot` takes, and what the factory of `forRootAsync` returns. */
export interface EmailConfirmationModuleOptions {
  /**
   * Accounts are made when their address is proved, and nobody signs in before. Without it, whoever signs up is signed in at once and
   * confirms when it suits them. @default false
   */
  required?: boolean;
  /** Path below `baseUrl` of the host's own page; the link adds `#` and the token. @default the built-in page */
  page?: string;
  /** How long a link works. @default '24h' */
  tokenTtl?: Duration;
}

export interface ResolvedEmailConfirmationOptions {
  required: boolean;
  link: LinkTarget;
  /** Milliseconds. */
  tokenTtl: number;
}

export const EMAIL_CONFIRMATION_DEFAULTS = { required: false, tokenTtl: '24h' } as const satisfies EmailConfirmationModuleOptions;

export const EMAIL_CONFIRMATION_OPTIONS = Symbol('EMAIL_CONFIRMATION_OPTIONS');

/** @throws AuthConfigurationError with every problem at once */
export function resolveEmailConfirmationOptions(
  given: EmailConfirmationModuleOptions,
  { routePrefix }: Pick<ResolvedAuthOptions, 'routePrefix'>,
): ResolvedEmailConfirmationOptions {
  const checks = new OptionChecks();
  if (!checks.keys('', given, ['required', 'page', 'tokenTtl'])) throw new AuthConfigurationError(checks.problems);
  const { required = EMAIL_CONFIRMATION_DEFAULTS.required, tokenTtl = EMAIL_CONFIRMATION_DEFAULTS.tokenTtl } =
    given as EmailConfirmationModuleOptions;
  const resolved = {
    required: checks.boolean('required', required),
    link: resolveLinkTarget(checks, given['page'], routePrefix, EMAIL_CONFIRM_ROUTE),
    tokenTtl: checks.duration('tokenTtl', tokenTtl),
  };
  if (checks.problems.length > 0) throw new AuthConfigurationError(checks.problems);
  return resolved;
}

import type { Duration } from '../../common/duration.js';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import type { ResolvedAuthOptions } from '../../core/options/auth.options.js';
import { type LinkTarget, resolveLinkTarget } from '../../core/options/link-target.js';
import { OptionChecks } from '../../core/options/option-checks.js';

/** What `MagicLinkModule.forRoot` takes, and what the factory of `forRootAsync` returns. */
export interface MagicLinkModuleOptions {
  /** Path below `baseUrl` of the host's own page; the link adds `#` and the token. @default the built-in page, which needs cookies */
  page?: string;
  /** How long a link works. @default '15m' */
  tokenTtl?: Duration;
  /** Makes an account, without a password, of whoever follows a link and has none; not where `signUp` is closed. @default false */
  signUp?: boolean;
}

export interface ResolvedMagicLinkOptions {
  link: LinkTarget;
  /** Milliseconds. */
  tokenTtl: number;
  signUp: boolean;
}

export const MAGIC_LINK_DEFAULTS = { tokenTtl: '15m', signUp: false } as const satisfies MagicLinkModuleOptions;

export const MAGIC_LINK_OPTIONS = Symbol('MAGIC_LINK_OPTIONS');

/** Of the built-in page, and of the request that it sends. */
export const MAGIC_LINK_ROUTE = 'magic-link/verify';

/** @throws AuthConfigurationError with every problem at once */
export function resolveMagicLinkOptions(
  given: MagicLinkModuleOptions,
  core: Pick<ResolvedAuthOptions, 'routePrefix' | 'delivery' | 'signUp'>,
): ResolvedMagicLinkOptions {
  const checks = new OptionChecks();
  if (!checks.keys('', given, ['page', 'tokenTtl', 'signUp'])) throw new AuthConfigurationError(checks.problems);
  const { page, tokenTtl = MAGIC_LINK_DEFAULTS.tokenTtl, signUp = MAGIC_LINK_DEFAULTS.signUp }: MagicLinkModuleOptions = given;
  const link = resolveLinkTarget(checks, page, core.routePrefix, MAGIC_LINK_ROUTE);
  if (link.isBuiltIn && !core.delivery.includes('cookie')) {
    checks.add(
      'page',
      'is missing: the built-in page keeps the session in a cookie, and cookies are off.',
      'Name a page of yours.',
    );
  }
  const resolved = {
    link,
    tokenTtl: checks.duration('tokenTtl', tokenTtl),
    signUp: checks.boolean('signUp', signUp) && core.signUp === 'open',
  };
  if (checks.problems.length > 0) throw new AuthConfigurationError(checks.problems);
  return resolved;
}

import type { Duration } from '../../common/duration.js';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import type { ResolvedAuthOptions } from '../../core/options/auth.options.js';
import { type LinkTarget, resolveLinkTarget } from '../../core/options/link-target.js';
import { OptionChecks } from '../../core/options/option-checks.js';

/** What `InvitationModule.forRoot` takes, and what the factory of `forRootAsync` returns. */
export interface InvitationModuleOptions {
  /** Path below `baseUrl` of the host's own page; the link adds `#` and the token. @default the built-in page */
  page?: string;
  /** How long an invitation works. @default '7d' */
  tokenTtl?: Duration;
  /** Only who has this permission may invite. @default any signed-in user */
  permission?: string;
}

export interface ResolvedInvitationOptions {
  link: LinkTarget;
  /** Milliseconds. */
  tokenTtl: number;
  permission: string | undefined;
}

export const INVITATION_DEFAULTS = { tokenTtl: '7d' } as const satisfies InvitationModuleOptions;

export const INVITATION_OPTIONS = Symbol('INVITATION_OPTIONS');

/** Of the built-in page, and of the request that it sends. */
export const INVITATION_ROUTE = 'invitations/accept';

/** @throws AuthConfigurationError with every problem at once */
export function resolveInvitationOptions(
  given: InvitationModuleOptions,
  { routePrefix }: Pick<ResolvedAuthOptions, 'routePrefix'>,
): ResolvedInvitationOptions {
  const checks = new OptionChecks();
  if (!checks.keys('', given, ['page', 'tokenTtl', 'permission'])) throw new AuthConfigurationError(checks.problems);
  const { page, tokenTtl = INVITATION_DEFAULTS.tokenTtl, permission }: InvitationModuleOptions = given;
  const resolved = {
    link: resolveLinkTarget(checks, page, routePrefix, INVITATION_ROUTE),
    tokenTtl: checks.duration('tokenTtl', tokenTtl),
    permission: permission === undefined ? undefined : checks.text('permission', permission),
  };
  if (checks.problems.length > 0) throw new AuthConfigurationError(checks.problems);
  return resolved;
}

import type { DiscoveryService } from '@nestjs/core';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';

export type DiscoveredProvider = ReturnType<DiscoveryService['getProviders']>[number];

/**
 * Policies and listeners are called outside of the request's own injector, so there is one of each. One per request would be found as an
 * empty shell, without what is injected into it.
 *
 * @param role e.g. `a sign-in policy`
 * @throws AuthConfigurationError
 */
export function assertOneInstance(provider: DiscoveredProvider, role: string): void {
  if (provider.isDependencyTreeStatic() && !provider.isTransient) return;
  throw new AuthConfigurationError([
    {
      option: provider.name as string,
      problem: `is ${role}, but there is one of it per request or per injection.`,
      remedy: 'Give it, and what it injects, the default scope; where a request came from is part of what it is handed.',
    },
  ]);
}

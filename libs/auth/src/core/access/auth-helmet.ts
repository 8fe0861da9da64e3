import { Inject, Injectable } from '@nestjs/common';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';

/** Seconds: one year, OWASP ASVS 5.0, 3.4.1. */
const HSTS_MAX_AGE = 31_536_000;

/**
 * Options of `helmet` (or `@fastify/helmet`) that fit `baseUrl` and the rule of origins, for the host to switch on; what is not named here
 * is helmet's default.
 *
 * @example
 * ```ts
 * app.use(helmet(app.get(AuthHelmet))); // Express
 * await app.register(fastifyHelmet, app.get(AuthHelmet)); // Fastify
 * ```
 */
@Injectable()
export class AuthHelmet {
  /** Helmet's own policy, in nobody's frame; requests are upgraded to https only where the application has it. */
  readonly contentSecurityPolicy: { directives: Record<string, string[] | null> };
  /** For sub-domains too; `false` on http, where it would lock out everything else on the same host. */
  readonly strictTransportSecurity: { maxAge: number; includeSubDomains: boolean } | false;
  /**
   * Strangers learn the origin and no path. Not helmet's `no-referrer`: with it browsers send `Origin: null` with forms (Fetch, 3.2.2), which
   * a request that the cookie authenticates is refused for.
   */
  readonly referrerPolicy = { policy: 'strict-origin-when-cross-origin' as const };
  /** For browsers that do not know `frame-ancestors`. */
  readonly xFrameOptions = { action: 'deny' as const };

  constructor(@Inject(AUTH_OPTIONS) { baseUrl }: ResolvedAuthOptions) {
    const isSecure = new URL(baseUrl).protocol === 'https:';
    this.contentSecurityPolicy = {
      directives: { 'frame-ancestors': ["'none'"], 'upgrade-insecure-requests': isSecure ? [] : null },
    };
    this.strictTransportSecurity = isSecure && { maxAge: HSTS_MAX_AGE, includeSubDomains: true };
  }
}

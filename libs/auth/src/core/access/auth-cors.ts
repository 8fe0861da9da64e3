import { Inject, Injectable } from '@nestjs/common';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';

/**
 * CORS options made of `trustedOrigins`, for the host to switch on; the library itself sets no CORS header.
 *
 * @example
 * ```ts
 * app.enableCors(app.get(AuthCors));
 * ```
 */
@Injectable()
export class AuthCors {
  /** Exactly these; never `*`, since cookies are allowed. */
  readonly origin: string[];
  readonly credentials = true;
  readonly methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

  constructor(@Inject(AUTH_OPTIONS) options: ResolvedAuthOptions) {
    this.origin = [...options.trustedOrigins];
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { OriginRejectedException } from '../errors/auth.errors.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import type { HttpRequest } from './http-request.js';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Protection against requests that another site makes a browser send (OWASP: Fetch Metadata with Origin as its base). */
@Injectable()
export class OriginRule {
  private readonly trusted: ReadonlySet<string>;

  constructor(@Inject(AUTH_OPTIONS) options: ResolvedAuthOptions) {
    this.trusted = options.trustedOrigins;
  }

  /**
   * For requests that a cookie authenticates: an unsafe method needs a trusted `Origin`, or without one `Sec-Fetch-Site: same-origin`.
   *
   * @throws OriginRejectedException
   */
  assertWriteAllowed({ method, headers }: HttpRequest): void {
    if (SAFE.has(method)) return;
    const origin = headers.origin;
    const allowed = origin === undefined ? headers['sec-fetch-site'] === 'same-origin' : this.trusted.has(origin);
    if (!allowed) throw new OriginRejectedException();
  }

  /** For requests that are about to set a cookie: a foreign origin is refused, none is allowed. @throws OriginRejectedException */
  assertMaySetCookie({ headers }: HttpRequest): void {
    if (headers.origin !== undefined && !this.trusted.has(headers.origin)) throw new OriginRejectedException();
  }
}

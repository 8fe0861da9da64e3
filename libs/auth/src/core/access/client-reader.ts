import { Inject, Injectable } from '@nestjs/common';
import { clientIp, IpNetworks } from '../../common/ip-address.js';
import type { ClientInfo } from '../events/client-info.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { cookieOf, type HttpRequest } from './http-request.js';

const MAX_LENGTH = 512;

/** Where a request came from. Forwarding headers count only behind `trustedProxies`, and `request.ip` never does. */
@Injectable()
export class ClientReader {
  private readonly proxies: IpNetworks;
  private readonly deviceCookie: string | null;

  constructor(@Inject(AUTH_OPTIONS) options: ResolvedAuthOptions) {
    this.proxies = new IpNetworks(options.trustedProxies);
    this.deviceCookie = options.delivery.includes('cookie') ? deviceCookieName(options) : null;
  }

  read({ headers, socket, id }: HttpRequest): ClientInfo {
    const requestId = headers['x-request-id'] ?? (typeof id === 'string' || typeof id === 'number' ? String(id) : undefined);
    const device = this.deviceCookie === null ? null : cookieOf(headers, this.deviceCookie);
    return {
      ip: clientIp(socket?.remoteAddress, headers['x-forwarded-for'], this.proxies),
      userAgent: printable(headers['user-agent']),
      requestId: printable(typeof requestId === 'string' ? requestId : undefined),
      ...(device === null ? {} : { device }),
    };
  }
}

/** One line, of a length that fits its column. Header bytes arrive as latin1, so control characters are possible. */
function printable(text: string | undefined): string | null {
  return text === undefined ? null : text.replace(/\p{Cc}/gu, ' ').slice(0, MAX_LENGTH);
}

/** `__Host-latchkey-device`, or without the prefix where the session's cookie has none. */
export const deviceCookieName = ({ cookie }: Pick<ResolvedAuthOptions, 'cookie'>): string => `${cookie.name}-device`;

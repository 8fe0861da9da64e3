import type { IncomingHttpHeaders } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import type { Authentication } from './authentication.js';

/** What Express and Fastify requests have in common, as far as it is read here. */
export interface HttpRequest {
  method: string;
  headers: IncomingHttpHeaders;
  /** Path and query; Express shortens it below a mounted router and keeps the whole in `originalUrl`. */
  url?: string;
  originalUrl?: string;
  body?: unknown;
  /** Express and middlewares; Fastify's own ids. */
  id?: unknown;
  socket?: { remoteAddress?: string };
  auth?: Authentication;
}

/**
 * The one place that reads Nest's execution context. `null` for contexts that cannot be read (GraphQL, WebSocket, RPC), which the guard
 * refuses.
 */
export function httpRequestOf(context: ExecutionContext): HttpRequest | null {
  return context.getType() === 'http' ? context.switchToHttp().getRequest<HttpRequest>() : null;
}

/** The path as it was asked for, without the query. */
export const pathOf = ({ originalUrl, url = '' }: HttpRequest): string => (originalUrl ?? url).split('?', 1)[0]!;

/** The value of one cookie, as sent; `null` when it is absent. When a name is sent twice nobody knows which one is ours: `null`. */
export function cookieOf(headers: IncomingHttpHeaders, name: string): string | null {
  const header = headers.cookie;
  if (header === undefined) return null;
  let found: string | null = null;
  for (let start = 0; start < header.length;) {
    const end = header.indexOf(';', start);
    const stop = end === -1 ? header.length : end;
    const equals = header.indexOf('=', start);
    if (equals !== -1 && equals < stop && header.slice(start, equals).trim() === name) {
      if (found !== null) return null;
      found = header.slice(equals + 1, stop).trim();
    }
    start = stop + 1;
  }
  return found;
}

const BEARER = /^bearer +/i;

/** The bearer token, `''` for an empty one, or `null` when the request has no `Authorization: Bearer`. Other schemes are not ours. */
export function bearerOf(headers: IncomingHttpHeaders): string | null {
  const header = headers.authorization;
  if (header === undefined) return null;
  if (header.startsWith('Bearer ')) return header.slice(7).trim();
  if (header.toLowerCase() === 'bearer') return '';
  return BEARER.test(header) ? header.replace(BEARER, '').trim() : null;
}

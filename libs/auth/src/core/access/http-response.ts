import type { AbstractHttpAdapter } from '@nestjs/core';

type HeaderWriter = Pick<AbstractHttpAdapter, 'setHeader' | 'appendHeader'>;

/** On every answer of ours: kept by no cache (OWASP ASVS 5.0, 14.3.2), and taken for nothing but what it says it is (3.4.4). */
export const PRIVATE_ANSWER: Readonly<Record<string, string>> = Object.freeze({
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
});

/** Sets headers on an Express or Fastify response. */
export function writeHeaders(adapter: HeaderWriter, response: unknown, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) adapter.setHeader(response, name, value);
}

/** Adds a cookie beside those that others have set. */
export function appendCookie(adapter: HeaderWriter, response: unknown, cookie: string): void {
  adapter.appendHeader(response, 'Set-Cookie', cookie);
}

import type { AbstractHttpAdapter } from '@nestjs/core';

type HeaderWriter = Pick<AbstractHttpAdapter, 'setHeader' | 'appendHeader'>;

/** Sets headers on an Express or Fastify response. */
export function writeHeaders(adapter: HeaderWriter, response: unknown, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) adapter.setHeader(response, name, value);
}

/** Adds a cookie beside those that others have set. */
export function appendCookie(adapter: HeaderWriter, response: unknown, cookie: string): void {
  adapter.appendHeader(response, 'Set-Cookie', cookie);
}

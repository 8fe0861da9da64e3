import type { ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { describe, expect, it } from 'vitest';
import type { Session } from '../ports/session.repository.js';
import { CurrentSession, CurrentUser, OptionalAuth } from './access.decorators.js';
import { Authentication } from './authentication.js';

const session = { id: 's-1', userId: 'u-1' } as Session;
const ada = { id: 'u-1', email: 'ada@example.com' };

class Handler {
  user(@CurrentUser() _: unknown): void {}
  session(@CurrentSession() _: unknown): void {}
  @OptionalAuth()
  either(): void {}
}

type Factory = (data: unknown, context: ExecutionContext) => unknown;
const factoryOf = (method: string): Factory =>
  (Object.values(Reflect.getMetadata(ROUTE_ARGS_METADATA, Handler, method) as object)[0] as { factory: Factory }).factory;

/** What a parameter becomes on a route whose request has this `auth`. */
const valueOf = async (what: 'user' | 'session', auth: unknown, handler: keyof Handler = 'user', type = 'http') =>
  factoryOf(what)(undefined, {
    getType: () => type,
    getClass: () => Handler,
    getHandler: () => Handler.prototype[handler],
    switchToHttp: () => ({ getRequest: () => ({ auth }) }),
  } as unknown as ExecutionContext);

describe('parameters of a handler', () => {
  const authentication = new Authentication(session, 'bearer', { findById: async () => ada as never });

  it('are the user and the session of the request', async () => {
    expect(await valueOf('user', authentication)).toBe(ada);
    expect(await valueOf('session', authentication)).toBe(session);
  });

  it.each(['user', 'session'] as const)('are not there without the guard (%s)', async (what) => {
    const refused = expect.objectContaining({ errorCode: 'auth.not_authenticated' }) as Error;
    await expect(valueOf(what, undefined)).rejects.toThrow(refused);
    await expect(valueOf(what, { userId: 'u-1', session })).rejects.toThrow(refused);
    await expect(valueOf(what, authentication, 'user', 'rpc')).rejects.toThrow(refused);
  });

  it.each(['user', 'session'] as const)('are null where nobody has to be somebody (%s)', async (what) => {
    expect(await valueOf(what, undefined, 'either')).toBeNull();
  });
});

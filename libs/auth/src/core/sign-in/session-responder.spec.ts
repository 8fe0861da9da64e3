import type { HttpAdapterHost } from '@nestjs/core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { HttpRequest } from '../access/http-request.js';
import { OriginRule } from '../access/origin-rule.js';
import type { RolesReader } from '../access/roles-reader.js';
import { OriginRejectedException, ValidationFailedException } from '../errors/auth.errors.js';
import type { AuthModuleOptions } from '../options/auth.options.js';
import { resolveAuthOptions } from '../options/resolve-auth-options.js';
import type { AuthUser } from '../ports/user.repository.js';
import { SessionResponder } from './session-responder.js';

const ADA = { id: 7, email: 'ada@example.com' } as AuthUser;

describe('what a client is handed', () => {
  /** `Set-Cookie` headers, in their order. */
  let cookies: string[];
  beforeEach(() => {
    cookies = [];
  });

  const responder = (changes: Partial<AuthModuleOptions> = {}) => {
    const secret = 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only';
    const options = resolveAuthOptions({ secret, baseUrl: 'https://app.example.com', environment: 'test', ...changes });
    const httpAdapter = {
      appendHeader: (response: unknown, name: string, value: string) => cookies.push(`${String(response)} ${name}: ${value}`),
    };
    const presenter = { present: (user: AuthUser, roles: readonly string[]) => ({ email: user.email, roles }) };
    const roles = { rolesOf: async (id: string) => ({ roles: id === '7' ? ['admin'] : [], permissions: [] }) };
    return new SessionResponder(
      options,
      new OriginRule(options),
      presenter,
      roles as unknown as RolesReader,
      {
        httpAdapter,
      } as unknown as HttpAdapterHost,
    );
  };
  const request = (headers: HttpRequest['headers'] = {}): HttpRequest => ({ method: 'POST', headers });
  const foreign = request({ origin: 'https://evil.example' });

  describe('is decided before anything is done for it', () => {
    it('by the client, or by the application for who does not say', () => {
      expect(responder().deliveryFor(request(), {})).toBe('bearer');
      expect(responder().deliveryFor(request(), { delivery: 'cookie' })).toBe('cookie');
      expect(responder({ delivery: ['cookie', 'bearer'] }).deliveryFor(request(), {})).toBe('cookie');
    });

    it('never as something that is switched off, and says of what', () => {
      const choose = () => responder({ delivery: ['bearer'] }).deliveryFor(request(), { delivery: 'cookie' });

      const details = [{ field: 'delivery', code: 'not_offered', message: expect.stringContaining('cookie') }];
      expect(choose).toThrow(ValidationFailedException);
      expect(choose).toThrow(expect.objectContaining({ response: expect.objectContaining({ details }) }));
    });

    it('never as a cookie for the page of a stranger', () => {
      expect(() => responder().deliveryFor(foreign, { delivery: 'cookie' })).toThrow(OriginRejectedException);
      expect(responder().deliveryFor(request({ origin: 'https://app.example.com' }), { delivery: 'cookie' })).toBe('cookie');
    });

    it('as tokens wherever the page comes from: no browser sends them by itself', () => {
      expect(responder().deliveryFor(foreign, { delivery: 'bearer' })).toBe('bearer');
    });
  });

  it('is a body for tokens, and no cookie', () => {
    const tokens = { accessToken: 'a', refreshToken: 'r', tokenType: 'Bearer', expiresIn: 900 } as const;

    expect(responder().hand('answer', { delivery: 'bearer', ...tokens })).toEqual(tokens);
    expect(cookies).toEqual([]);
  });

  it('is a cookie that scripts do not see, and no body', () => {
    expect(responder().hand('answer', { delivery: 'cookie', value: 'v', maxAge: null })).toEqual({});
    expect(cookies).toEqual(['answer Set-Cookie: __Host-latchkey=v; Path=/; HttpOnly; SameSite=Lax; Secure']);
  });

  it('is a cookie that lasts for who wants to be remembered, and one for the device beside it', () => {
    responder({ cookie: { sameSite: 'strict', domain: 'example.com' } }).hand('answer', {
      delivery: 'cookie',
      value: 'v',
      maxAge: 60,
      device: 'd',
    });

    const [session, device, ...more] = cookies as [string, string];
    expect(session).toMatch(/latchkey=v; Path=\/; HttpOnly; SameSite=Strict; Secure; Domain=example\.com; Max-Age=60$/);
    expect(device).toMatch(/latchkey-device=d; Path=\/; HttpOnly; SameSite=Strict; Secure; Domain=example\.com; Max-Age=15552000$/);
    expect(more).toEqual([]);
  });

  it('is a cookie without a value once it is to be forgotten', () => {
    responder({ baseUrl: 'http://localhost:3000' }).clearCookie('answer');

    expect(cookies).toEqual(['answer Set-Cookie: latchkey=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0']);
  });

  it('is the user with the roles of now, or with those that are known already', async () => {
    expect(await responder().user(ADA)).toEqual({ email: 'ada@example.com', roles: ['admin'] });
    expect(responder().userWithRoles(ADA, ['owner'])).toEqual({ email: 'ada@example.com', roles: ['owner'] });
  });
});

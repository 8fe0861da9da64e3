import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SettableClock } from '../../testing/settable-clock.js';
import { StoreUnavailableException, TokenInvalidException } from '../errors/auth.errors.js';
import type { ResolvedAuthOptions } from '../options/auth.options.js';
import type { GrantedRoles } from '../ports/role.repository.js';
import type { Session } from '../ports/session.repository.js';
import type { SessionStanding, SessionStates } from '../sessions/session-states.js';
import type { AccessDenials } from './access-denials.js';
import { OptionalAuth, Permissions, Public, RequireRecentAuth, Roles } from './access.decorators.js';
import { AuthGuard } from './auth.guard.js';
import { Authentication } from './authentication.js';
import type { HttpRequest } from './http-request.js';
import type { RequestAuthenticator } from './request-authenticator.js';
import type { RolesReader } from './roles-reader.js';

const MINUTE = 60_000;

class Things {
  list(): void {}
  @Public()
  open(): void {}
  @OptionalAuth()
  either(): void {}
  @Roles('admin', 'staff')
  staff(): void {}
  @Permissions('things:read', 'things:write')
  write(): void {}
  @Roles('admin')
  @Permissions('things:write')
  both(): void {}
  @RequireRecentAuth('5m')
  recent(): void {}
  @RequireRecentAuth()
  @Roles('admin')
  recentAdmin(): void {}
}

@Roles('admin')
class Office extends Things {
  @OptionalAuth()
  lobby(): void {}
  desk(): void {}
}

describe('the guard', () => {
  const clock = new SettableClock(1_800_000_000_000);
  let session: Session;
  let request: HttpRequest;
  let sent: Record<string, string>;
  let authenticate: () => Authentication | null | Promise<Authentication>;
  let held: GrantedRoles;
  let reload: (id: string) => Promise<SessionStanding>;
  let guard: AuthGuard;
  const note = vi.fn();

  beforeEach(() => {
    note.mockClear();
    session = { id: 's-1', userId: 'u-1', authTime: clock.now() } as Session;
    request = { method: 'GET', headers: {} };
    sent = {};
    authenticate = () => new Authentication(session, 'bearer', { findById: async () => null });
    held = { roles: [], permissions: [] };
    reload = async () => ({ status: 'live', session });
    const httpAdapter = { setHeader: (_: unknown, name: string, value: string) => void (sent[name] = value) };
    guard = new AuthGuard(
      { recentAuth: 10 * MINUTE } as ResolvedAuthOptions,
      { authenticate: () => authenticate() } as unknown as RequestAuthenticator,
      { reload: (id: string) => reload(id) } as unknown as SessionStates,
      { rolesOf: async () => held } as unknown as RolesReader,
      { note } as unknown as AccessDenials,
      clock,
      { httpAdapter } as unknown as HttpAdapterHost,
    );
  });
  afterEach(() => vi.useRealTimers());

  const contextOf = (handler: keyof Office, type = 'http', room: typeof Things = handler in Things.prototype ? Things : Office) =>
    ({
      getType: () => type,
      getClass: () => room,
      getHandler: () => Office.prototype[handler],
      switchToHttp: () => ({ getRequest: () => request, getResponse: () => ({}) }),
    }) as unknown as ExecutionContext;
  const enter = async (handler: keyof Office, type?: string): Promise<boolean> => guard.canActivate(contextOf(handler, type));
  const refused = async (handler: keyof Office, errorCode: string): Promise<void> => {
    await expect(enter(handler)).rejects.toThrow(expect.objectContaining({ errorCode }) as Error);
    expect(sent).toMatchObject({ 'Cache-Control': 'no-store' });
  };

  it('asks nothing of an open route', async () => {
    authenticate = () => {
      throw new Error('asked');
    };
    expect(await enter('open')).toBe(true);
  });

  it('refuses what is not HTTP', async () => {
    await expect(enter('list', 'graphql')).rejects.toThrow(
      expect.objectContaining({ errorCode: 'auth.not_authenticated' }) as Error,
    );
  });

  it('admits a session at once, and says who it is', () => {
    expect(guard.canActivate(contextOf('list'))).toBe(true);
    expect(request.auth).toMatchObject({ userId: 'u-1', askedFor: 0 });
  });

  it('refuses who shows nothing, but on a route that leaves it open', async () => {
    authenticate = () => null;
    await refused('list', 'auth.not_authenticated');
    expect(sent['WWW-Authenticate']).toBe('Bearer');
    expect(await enter('either')).toBe(true);
    expect(request.auth).toBeUndefined();
  });

  it('refuses a bad credential on a route that leaves it open, too', async () => {
    authenticate = () => {
      throw new TokenInvalidException();
    };
    await refused('either', 'auth.token_invalid');
    expect(sent['WWW-Authenticate']).toBe('Bearer error="invalid_token"');
  });

  it('hands on what is no refusal of ours as it is', async () => {
    authenticate = () => Promise.reject(new Error('broken'));
    await expect(enter('list')).rejects.toThrow('broken');
    expect(sent).toEqual({});
  });

  it('believes what a guard before it has found, and nothing that others call auth', async () => {
    const authentication = new Authentication(session, 'cookie', { findById: async () => null });
    request.auth = authentication;
    authenticate = () => null;
    expect(await enter('list')).toBe(true);
    request.auth = { userId: 'somebody' } as Authentication;
    await refused('list', 'auth.not_authenticated');
  });

  it.each([
    [['admin'], true],
    [['staff', 'other'], true],
    [['other'], false],
    [[], false],
  ])('asks for one of the roles (%j)', async (roles, isAdmitted) => {
    held = { roles, permissions: [] };
    if (isAdmitted) expect(await enter('staff')).toBe(true);
    else await refused('staff', 'auth.forbidden');
  });

  it.each([
    [['things:read', 'things:write', 'other'], true],
    [['things:read'], false],
    [[], false],
  ])('asks for every permission (%j)', async (permissions, isAdmitted) => {
    held = { roles: [], permissions };
    if (isAdmitted) expect(await enter('write')).toBe(true);
    else await refused('write', 'auth.forbidden');
  });

  it('asks for role and permission where both are needed', async () => {
    held = { roles: ['admin'], permissions: [] };
    await refused('both', 'auth.forbidden');
    held = { roles: [], permissions: ['things:write'] };
    await refused('both', 'auth.forbidden');
    held = { roles: ['admin'], permissions: ['things:write'] };
    expect(await enter('both')).toBe(true);
  });

  it('asks for what the class asks for, unless the route is open', async () => {
    await refused('desk', 'auth.forbidden');
    expect(await enter('lobby')).toBe(true);
  });

  it('notes who was refused for want of a role or permission, and what was wanted', async () => {
    await refused('both', 'auth.forbidden');
    expect(note.mock.calls).toEqual([[request, { handler: 'Things.both', required: ['admin', 'things:write'] }]]);
    await refused('staff', 'auth.forbidden');
    expect(note.mock.calls[1]).toEqual([request, { handler: 'Things.staff', required: ['admin', 'staff'] }]);
    await refused('write', 'auth.forbidden');
    expect(note.mock.calls[2]).toEqual([request, { handler: 'Things.write', required: ['things:read', 'things:write'] }]);
    note.mockClear();
    request = { method: 'GET', headers: {} };
    authenticate = () => null;
    await refused('staff', 'auth.not_authenticated');
    expect(note).not.toHaveBeenCalled();
  });

  it('asks for a recent proof where it is needed, to the millisecond', async () => {
    session.authTime = clock.now() - 5 * MINUTE;
    expect(guard.canActivate(contextOf('recent'))).toBe(true);
    session.authTime -= 1;
    await refused('recent', 'auth.recent_auth_required');
  });

  it('takes the default age where none is said, and asks for roles as well', async () => {
    held = { roles: ['admin'], permissions: [] };
    session.authTime = clock.now() - 10 * MINUTE;
    expect(await enter('recentAdmin')).toBe(true);
    session.authTime -= 1;
    await refused('recentAdmin', 'auth.recent_auth_required');
  });

  it('looks whether the proof was given elsewhere', async () => {
    held = { roles: ['admin'], permissions: [] };
    const now = { ...session };
    session.authTime = clock.now() - 11 * MINUTE;
    reload = vi.fn(async () => ({ status: 'live', session: now }) as const);
    expect(await enter('recentAdmin')).toBe(true);
    expect(reload).toHaveBeenCalledWith('s-1');
    held = { roles: [], permissions: [] };
    await refused('recentAdmin', 'auth.forbidden');
    reload = async () => ({ status: 'revoked' });
    await refused('recentAdmin', 'auth.recent_auth_required');
  });

  it('counts what the store was asked for', async () => {
    const authentication = new Authentication(session, 'bearer', { findById: async () => null });
    authenticate = () => new Promise((resolve) => setTimeout(() => resolve(authentication), 30));
    expect(await enter('list')).toBe(true);
    expect(request.auth).toBe(authentication);
    expect(authentication.askedFor).toBeGreaterThanOrEqual(29);
    expect(authentication.askedFor).toBeLessThan(1_000);
  });

  it('gives a store that does not answer 1.8 seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    authenticate = () => new Promise(() => undefined);
    const entered = expect(enter('list')).rejects.toThrow(StoreUnavailableException);
    await vi.advanceTimersByTimeAsync(1_800);
    await entered;
    expect(sent['Retry-After']).toBe('1');
  });
});

import { describe, expect, it, vi } from 'vitest';
import type { Session } from '../ports/session.repository.js';
import { Authentication } from './authentication.js';
import { DeclaredRoles } from './declared-roles.js';

const session = { id: 's-1', userId: 'u-1' } as Session;

describe('what a request knows of who asks', () => {
  it('is the session, how it was shown, and the user once it is asked for', async () => {
    const ada = { id: 'u-1', email: 'ada@example.com' };
    const findById = vi.fn(async () => ada as never);
    const authentication = new Authentication(session, 'cookie', { findById });
    expect(authentication).toMatchObject({ session, via: 'cookie', userId: 'u-1', askedFor: 0 });
    expect(findById).not.toHaveBeenCalled();
    expect(await Promise.all([authentication.user(), authentication.user()])).toEqual([ada, ada]);
    expect(findById.mock.calls).toEqual([['u-1']]);
  });

  it('is that the session has ended when the account is gone', async () => {
    const authentication = new Authentication(session, 'bearer', { findById: async () => null });
    await expect(authentication.user()).rejects.toMatchObject({ errorCode: 'auth.session_revoked' });
  });
});

describe('declared roles', () => {
  it('are each there once', () => {
    const roles = new DeclaredRoles();
    expect(roles.names).toEqual([]);
    roles.declare(['member', 'staff']);
    roles.declare(new Set(['staff', 'admin']));
    expect(roles.names).toEqual(['member', 'staff', 'admin']);
  });
});

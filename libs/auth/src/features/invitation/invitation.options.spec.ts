import { describe, expect, it } from 'vitest';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { resolveInvitationOptions } from './invitation.options.js';

const core = { routePrefix: 'auth' };

function optionsAtFault(given: unknown): string[] {
  try {
    resolveInvitationOptions(given as never, core);
  } catch (error) {
    if (error instanceof AuthConfigurationError) return error.problems.map(({ option }) => option);
    throw error;
  }
  return [];
}

describe('the options of invitations', () => {
  it('have the defaults of the contract', () => {
    expect(resolveInvitationOptions({}, core)).toEqual({
      link: { path: '/auth/invitations/accept', isBuiltIn: true, isDefault: true },
      tokenTtl: 7 * 86_400_000,
      permission: undefined,
    });
  });

  it.each<[unknown, string[]]>([
    [[], ['options']],
    [{ permissions: 'users.invite' }, ['permissions']],
    [{ permission: '', page: 'join', tokenTtl: '0m' }, ['page', 'tokenTtl', 'permission']],
    [{ permission: ['users.invite'] }, ['permission']],
  ])('refuse %j', (given, options) => {
    expect(optionsAtFault(given)).toEqual(options);
  });
});

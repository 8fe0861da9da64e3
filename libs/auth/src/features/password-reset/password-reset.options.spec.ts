import { describe, expect, it } from 'vitest';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { resolvePasswordResetOptions } from './password-reset.options.js';

const core = { routePrefix: 'auth' };

function optionsAtFault(given: unknown): string[] {
  try {
    resolvePasswordResetOptions(given as never, core);
  } catch (error) {
    if (error instanceof AuthConfigurationError) return error.problems.map(({ option }) => option);
    throw error;
  }
  return [];
}

describe('the options of password reset', () => {
  it('have the defaults of the contract', () => {
    expect(resolvePasswordResetOptions({}, core)).toEqual({
      link: { path: '/auth/password/reset', isBuiltIn: true, isDefault: true },
      tokenTtl: 60 * 60_000,
    });
  });

  it.each([
    ['/reset', { path: '/reset', isBuiltIn: false, isDefault: false }],
    // A host behind a path of its proxy.
    ['/api/auth/password/reset', { path: '/api/auth/password/reset', isBuiltIn: true, isDefault: false }],
  ])('lead to %s', (page, link) => {
    expect(resolvePasswordResetOptions({ page }, core).link).toEqual(link);
  });

  it.each<[unknown, string[]]>([
    [undefined, ['options']],
    [{ pages: '/reset' }, ['pages']],
    [{ page: 'reset' }, ['page']],
    [{ page: '//evil.example/reset' }, ['page']],
    [{ page: 'https://evil.example/reset' }, ['page']],
    [{ page: '/reset#now' }, ['page']],
    [{ page: 1, tokenTtl: 'soon' }, ['page', 'tokenTtl']],
    [{ tokenTtl: 0 }, ['tokenTtl']],
  ])('refuse %j', (given, options) => {
    expect(optionsAtFault(given)).toEqual(options);
  });
});

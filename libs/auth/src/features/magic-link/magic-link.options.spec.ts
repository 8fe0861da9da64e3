import { describe, expect, it } from 'vitest';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { resolveMagicLinkOptions } from './magic-link.options.js';

const core = { routePrefix: 'auth', delivery: ['bearer', 'cookie'], signUp: 'open' } as const;

function optionsAtFault(given: unknown, more: object = {}): string[] {
  try {
    resolveMagicLinkOptions(given as never, { ...core, ...more });
  } catch (error) {
    if (error instanceof AuthConfigurationError) return error.problems.map(({ option }) => option);
    throw error;
  }
  return [];
}

describe('the options of magic links', () => {
  it('have the defaults of the contract', () => {
    expect(resolveMagicLinkOptions({}, core)).toEqual({
      link: { path: '/auth/magic-link/verify', isBuiltIn: true, isDefault: true },
      tokenTtl: 15 * 60_000,
      signUp: false,
    });
  });

  it('make no accounts where sign-up is closed', () => {
    expect(resolveMagicLinkOptions({ signUp: true }, core).signUp).toBe(true);
    expect(resolveMagicLinkOptions({ signUp: true }, { ...core, signUp: 'closed' }).signUp).toBe(false);
  });

  it('need a page of the host where there are no cookies', () => {
    expect(optionsAtFault({}, { delivery: ['bearer'] })).toEqual(['page']);
    expect(optionsAtFault({ page: '/magic' }, { delivery: ['bearer'] })).toEqual([]);
  });

  it.each<[unknown, string[]]>([
    [null, ['options']],
    [{ signup: true }, ['signup']],
    [{ signUp: 'yes', page: 'magic', tokenTtl: -1 }, ['page', 'tokenTtl', 'signUp']],
  ])('refuse %j', (given, options) => {
    expect(optionsAtFault(given)).toEqual(options);
  });
});

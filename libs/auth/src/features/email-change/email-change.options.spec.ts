import { describe, expect, it } from 'vitest';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { resolveEmailChangeOptions } from './email-change.options.js';

const core = { routePrefix: 'auth' };

function optionsAtFault(given: unknown): string[] {
  try {
    resolveEmailChangeOptions(given as never, core);
  } catch (error) {
    if (error instanceof AuthConfigurationError) return error.problems.map(({ option }) => option);
    throw error;
  }
  return [];
}

describe('the options of changes of address', () => {
  it('have the defaults of the contract', () => {
    expect(resolveEmailChangeOptions({}, core)).toEqual({
      link: { path: '/auth/email/confirm', isBuiltIn: true, isDefault: true },
      tokenTtl: 3_600_000,
      notices: true,
    });
  });

  it.each<[unknown, string[]]>([
    [undefined, ['options']],
    [{ notice: true }, ['notice']],
    [{ notices: 'yes' }, ['notices']],
    [{ page: '//evil.example', tokenTtl: 0 }, ['page', 'tokenTtl']],
  ])('refuse %j', (given, options) => {
    expect(optionsAtFault(given)).toEqual(options);
  });
});

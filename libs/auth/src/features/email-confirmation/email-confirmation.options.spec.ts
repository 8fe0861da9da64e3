import { describe, expect, it } from 'vitest';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { resolveEmailConfirmationOptions } from './email-confirmation.options.js';

const core = { routePrefix: 'auth' };

function optionsAtFault(given: unknown): string[] {
  try {
    resolveEmailConfirmationOptions(given as never, core);
  } catch (error) {
    if (error instanceof AuthConfigurationError) return error.problems.map(({ option }) => option);
    throw error;
  }
  return [];
}

describe('the options of e-mail confirmation', () => {
  it('have the defaults of the contract', () => {
    expect(resolveEmailConfirmationOptions({}, core)).toEqual({
      required: false,
      link: { path: '/auth/email/confirm', isBuiltIn: true, isDefault: true },
      tokenTtl: 24 * 3_600_000,
    });
  });

  it.each<[unknown, string[]]>([
    [undefined, ['options']],
    [{ require: true }, ['require']],
    [{ required: 'yes' }, ['required']],
    [{ page: 'https://evil.example/confirm', tokenTtl: 'soon' }, ['page', 'tokenTtl']],
  ])('refuse %j', (given, options) => {
    expect(optionsAtFault(given)).toEqual(options);
  });
});

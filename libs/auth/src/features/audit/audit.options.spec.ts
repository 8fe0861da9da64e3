import { describe, expect, it } from 'vitest';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { resolveAuditOptions } from './audit.options.js';

function problemsOf(options: unknown): string[] {
  try {
    resolveAuditOptions(options as never);
  } catch (error) {
    if (error instanceof AuthConfigurationError) return error.problems.map(({ option }) => option);
    throw error;
  }
  return [];
}

describe('the options of the audit log', () => {
  it('have defaults, which undefined does not override', () => {
    const defaults = { permission: 'audit.read', retention: 400 * 86_400_000, log: 'line' };

    expect(resolveAuditOptions({})).toEqual(defaults);
    expect(resolveAuditOptions({ permission: undefined, retention: undefined, log: undefined })).toEqual(defaults);
  });

  it('can switch off retention and lines', () => {
    expect(resolveAuditOptions({ retention: false, log: false })).toMatchObject({ retention: false, log: false });
  });

  it.each<[string, unknown, string[]]>([
    ['no object', 'x', ['options']],
    ['an unknown key', { permision: 'x' }, ['permision']],
    ['everything at once', { permission: ' ', retention: true, log: 'json' }, ['permission', 'retention', 'log']],
    ['no time at all', { retention: 0 }, ['retention']],
  ])('refuse %s', (_, options, wrong) => {
    expect(problemsOf(options)).toEqual(wrong);
  });
});

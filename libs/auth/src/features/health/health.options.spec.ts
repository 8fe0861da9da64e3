import { describe, expect, it } from 'vitest';
import { AuthConfigurationError, type ConfigurationProblem } from '../../core/errors/auth-configuration.error.js';
import { type HealthModuleOptions, resolveHealthOptions } from './health.options.js';

function problemsOf(options: unknown): readonly ConfigurationProblem[] {
  try {
    resolveHealthOptions(options as HealthModuleOptions);
  } catch (error) {
    if (error instanceof AuthConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('the options of health', () => {
  it('have defaults', () => {
    expect(resolveHealthOptions({})).toEqual({
      deadline: 1_000,
      critical: ['database', 'migrations'],
      mailEvery: 60_000,
      outboxAge: 3_600_000,
      keysMadeAt: undefined,
      keyAge: 365 * 86_400_000,
    });
  });

  it('that are named without a value have their defaults, as those that an environment may lack', () => {
    const absent = { deadline: undefined, critical: undefined, mailEvery: undefined, keysMadeAt: undefined };

    expect(resolveHealthOptions(absent as unknown as HealthModuleOptions)).toEqual(resolveHealthOptions({}));
  });

  it('take a date as text, as a date, and from a function', () => {
    const at = Date.UTC(2026, 0, 31);

    expect(resolveHealthOptions({ keysMadeAt: '2026-01-31' }).keysMadeAt!()).toBe(at);
    expect(resolveHealthOptions({ keysMadeAt: new Date(at) }).keysMadeAt!()).toBe(at);
    expect(resolveHealthOptions({ keysMadeAt: () => '2026-01-31' }).keysMadeAt!()).toBe(at);
    expect(resolveHealthOptions({ keysMadeAt: () => 'soon' }).keysMadeAt!()).toBeNaN();
  });

  it.each<[string, unknown, string[]]>([
    ['no object', undefined, ['options']],
    ['an unknown key', { deadlines: '1s' }, ['deadlines']],
    ['a deadline after which nobody listens', { deadline: '2s' }, ['deadline']],
    ['a part that does not exist', { critical: ['redis'] }, ['critical[0]']],
    ['a part instead of a list', { critical: 'cache' }, ['critical']],
    ['a day that does not exist', { keysMadeAt: 'last spring' }, ['keysMadeAt']],
    ['several at once', { mailEvery: 'now', outboxAge: 0, keyAge: -1 }, ['mailEvery', 'outboxAge', 'keyAge']],
  ])('refuse %s', (_, options, names) => {
    expect(problemsOf(options).map(({ option }) => option)).toEqual(names);
  });
});

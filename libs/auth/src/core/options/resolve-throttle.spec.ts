import { beforeEach, describe, expect, it } from 'vitest';
import type { AuthModuleOptions } from './auth.options.js';
import { OptionChecks } from './option-checks.js';
import { resolveThrottle } from './resolve-throttle.js';

const MINUTE = 60_000;
const DEFAULTS = {
  signIn: { limit: 30, window: MINUTE },
  signUp: { limit: 20, window: 60 * MINUTE },
  mail: { limit: 20, window: MINUTE },
  token: { limit: 60, window: MINUTE },
  failures: { perMinute: 10, perDay: 100 },
};

describe('limits of sources', () => {
  let checks: OptionChecks;
  beforeEach(() => {
    checks = new OptionChecks();
  });

  const resolved = (given: unknown) => resolveThrottle(checks, given as AuthModuleOptions['throttle']);
  const complaints = () => checks.problems.map(({ option }) => option);

  it('are those of the documentation unless something else is said', () => {
    expect([resolved(undefined), resolved({})]).toEqual([DEFAULTS, DEFAULTS]);
    expect(complaints()).toEqual([]);
  });

  it('can be switched off', () => {
    expect(resolved(false)).toBe(false);
    expect(complaints()).toEqual([]);
  });

  it('are taken as they are said, each by itself', () => {
    const given = {
      signIn: { limit: 1 },
      signUp: { window: '2h' },
      mail: { limit: 1_000_000, window: 30 },
      failures: { perMinute: 7, perDay: undefined },
    };

    expect(resolved(given)).toEqual({
      signIn: { limit: 1, window: MINUTE },
      signUp: { limit: 20, window: 120 * MINUTE },
      mail: { limit: 1_000_000, window: 30_000 },
      token: DEFAULTS.token,
      failures: { perMinute: 7, perDay: 100 },
    });
    expect(resolved({ token: { limit: 2 }, failures: { perDay: 8 } })).toMatchObject({
      token: { limit: 2, window: MINUTE },
      failures: { perMinute: 10, perDay: 8 },
    });
    expect(complaints()).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['throttle', true],
    ['throttle.refresh', { refresh: { limit: 1 } }],
    ['throttle.signIn', { signIn: 30 }],
    ['throttle.signIn.limit', { signIn: { limit: 0 } }],
    ['throttle.signUp.window', { signUp: { window: 'long' } }],
    ['throttle.mail.ttl', { mail: { ttl: 60 } }],
    ['throttle.token.limit', { token: { limit: 1_000_001 } }],
    ['throttle.failures', { failures: 10 }],
    ['throttle.failures.perHour', { failures: { perHour: 10 } }],
    ['throttle.failures.perMinute', { failures: { perMinute: 0 } }],
    ['throttle.failures.perDay', { failures: { perDay: 1.5 } }],
  ])('are complained of when they cannot be: %s', (option, given) => {
    resolved(given);

    expect(complaints()).toEqual([option]);
  });

  it('are those of the documentation where they are not understood', () => {
    expect(resolved(true)).toEqual(DEFAULTS);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { AuthModuleOptions } from './auth.options.js';
import { OptionChecks } from './option-checks.js';
import { resolveLockout } from './resolve-lockout.js';

const MINUTE = 60_000;
const DEFAULTS = {
  maxFailures: 5,
  window: 5 * MINUTE,
  delays: [1, 2, 4, 8, 15].map((minutes) => minutes * MINUTE),
  hardStop: 100,
  challengeAfter: 3,
  unlock: { link: { path: '/auth/unlock', isBuiltIn: true, isDefault: true }, ttl: 60 * MINUTE },
};

describe('options of the lockout', () => {
  let checks: OptionChecks;
  beforeEach(() => {
    checks = new OptionChecks();
  });

  const resolved = (given: unknown) => resolveLockout(checks, given as AuthModuleOptions['lockout'], 'auth');
  const complaints = () => checks.problems.map(({ option }) => option);

  it('are those of the documentation unless something else is said', () => {
    expect([resolved(undefined), resolved({})]).toEqual([DEFAULTS, DEFAULTS]);
    expect(complaints()).toEqual([]);
  });

  it('are taken as they are said', () => {
    const given = {
      maxFailures: 3,
      window: '10m',
      delays: ['30s', 90],
      hardStop: 50,
      challengeAfter: 0,
      unlockPage: '/locked-out',
      unlockTtl: '2h',
    };

    expect(resolved(given)).toEqual({
      maxFailures: 3,
      window: 10 * MINUTE,
      delays: [30_000, 90_000],
      hardStop: 50,
      challengeAfter: 0,
      unlock: { link: { path: '/locked-out', isBuiltIn: false, isDefault: false }, ttl: 120 * MINUTE },
    });
    expect(complaints()).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['lockout', true],
    ['lockout.maxFailure', { maxFailure: 3 }],
    ['lockout.maxFailures', { maxFailures: 101 }],
    ['lockout.window', { window: 'long' }],
    ['lockout.hardStop', { hardStop: 0 }],
    ['lockout.challengeAfter', { challengeAfter: -1 }],
    ['lockout.challengeAfter', { challengeAfter: 101 }],
    ['lockout.unlockPage', { unlockPage: 'locked-out' }],
    ['lockout.unlockTtl', { unlockTtl: 0 }],
  ])('are complained of when they cannot be: %s', (option, given) => {
    resolved(given);

    expect(complaints()).toEqual([option]);
  });

  it('hold no delay that is none', () => {
    expect(resolved({ delays: '1m' })).toMatchObject({ delays: [] });
    expect(complaints()).toEqual(['lockout.delays']);
  });
});

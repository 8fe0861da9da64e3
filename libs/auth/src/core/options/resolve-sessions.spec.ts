import { beforeEach, describe, expect, it } from 'vitest';
import type { AuthModuleOptions, SessionsOptions } from './auth.options.js';
import { OptionChecks } from './option-checks.js';
import { resolveSessions } from './resolve-sessions.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DEFAULTS = {
  bearer: { idle: 30 * DAY, absolute: 90 * DAY },
  cookie: { idle: HOUR / 2, absolute: DAY },
  remembered: { idle: 30 * DAY, absolute: 90 * DAY },
  refreshGrace: 10_000,
};

describe('lifetimes of sessions', () => {
  let checks: OptionChecks;
  beforeEach(() => {
    checks = new OptionChecks();
  });

  const resolved = (given: unknown, preset?: SessionsOptions) =>
    resolveSessions(checks, given as AuthModuleOptions['sessions'], preset);
  const complaints = () => checks.problems.map(({ option }) => option);

  it('are those of the documentation unless something else is said', () => {
    expect([resolved(undefined), resolved({}), resolved({ bearer: {} })]).toEqual([DEFAULTS, DEFAULTS, DEFAULTS]);
    expect(complaints()).toEqual([]);
  });

  it('are taken as they are said, each by itself', () => {
    const given = {
      bearer: { idle: '1d' },
      cookie: { absolute: '8h' },
      remembered: { idle: '2d', absolute: '3d' },
      refreshGrace: 5,
    };

    expect(resolved(given)).toEqual({
      bearer: { idle: DAY, absolute: 90 * DAY },
      cookie: { idle: HOUR / 2, absolute: 8 * HOUR },
      remembered: { idle: 2 * DAY, absolute: 3 * DAY },
      refreshGrace: 5_000,
    });
    expect(complaints()).toEqual([]);
  });

  it('are those of the preset before the defaults, and what is said before both', () => {
    const preset: SessionsOptions = { cookie: { idle: '15m' }, refreshGrace: '2s' };

    expect(resolved(undefined, preset)).toMatchObject({ cookie: { idle: HOUR / 4, absolute: DAY }, refreshGrace: 2_000 });
    expect(resolved({ cookie: { idle: '20m' }, refreshGrace: '3s' }, preset)).toMatchObject({
      cookie: { idle: HOUR / 3 },
      refreshGrace: 3_000,
    });
  });

  it('may be as long without use as with it, and never longer', () => {
    expect(resolved({ cookie: { idle: '1d', absolute: '1d' } }).cookie).toEqual({ idle: DAY, absolute: DAY });
    expect(complaints()).toEqual([]);

    expect(resolved({ cookie: { idle: '2d' } }).cookie).toEqual({ idle: DAY, absolute: DAY });
    expect(complaints()).toEqual(['sessions.cookie.idle']);
  });

  it('without use are shortened without a complaint where only the absolute one is said', () => {
    expect(resolved({ remembered: { absolute: '1d' } }).remembered).toEqual({ idle: DAY, absolute: DAY });
    expect(resolved(undefined, { bearer: { absolute: '1d' } }).bearer).toEqual({ idle: DAY, absolute: DAY });
    expect(complaints()).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['sessions', '30d'],
    ['sessions.browser', { browser: {} }],
    ['sessions.bearer', { bearer: '30d' }],
    ['sessions.cookie.max', { cookie: { max: '1d' } }],
    ['sessions.remembered.absolute', { remembered: { absolute: 'long', idle: undefined } }],
    ['sessions.cookie.idle', { cookie: { idle: 'short' } }],
    ['sessions.refreshGrace', { refreshGrace: 0 }],
  ])('are complained of when they cannot be: %s', (option, given) => {
    resolved(given);

    expect(complaints()).toEqual([option]);
  });
});

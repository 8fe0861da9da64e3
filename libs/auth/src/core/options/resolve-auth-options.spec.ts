import { describe, expect, it } from 'vitest';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import type { AuthModuleOptions } from './auth.options.js';
import { DefaultProfile } from './default-profile.js';
import { KNOWN_OPTIONS, readAuthOptions, resolveAuthOptions } from './resolve-auth-options.js';

const GIVEN = {
  secret: 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only',
  baseUrl: 'https://app.example.com',
  environment: 'test',
} as const;

const read = (options: object) => readAuthOptions({ ...GIVEN, ...options } as AuthModuleOptions);
const complaints = (options: object) => read(options).problems.map(({ option }) => option);

describe('options', () => {
  it('need no more than a secret and an address', () => expect(complaints({})).toEqual([]));

  it('are, where nothing is said, those of the documentation', () => {
    expect(resolveAuthOptions(GIVEN)).toEqual(read({}).options);
    expect(read({}).options).toMatchObject({
      secrets: [GIVEN.secret],
      baseUrl: GIVEN.baseUrl,
      hashing: { concurrency: undefined, queue: undefined },
      signUp: 'open',
      recentAuth: 600_000,
      profile: DefaultProfile,
      mailLimits: { perMinute: 2, perHour: 5, perSource: 20 },
      throttle: { signIn: { limit: 30, window: 60_000 } },
      acknowledge: [],
    });
  });

  it('are taken as they are said', () => {
    class Profile {}
    const { options, problems } = read({
      signUp: 'closed',
      recentAuth: '5m',
      profile: Profile,
      acknowledge: ['storage.sqlite', 'cache.none'],
      routePrefix: 'api/auth',
    });

    expect(problems).toEqual([]);
    expect(options).toMatchObject({
      signUp: 'closed',
      recentAuth: 300_000,
      profile: Profile,
      acknowledge: ['storage.sqlite', 'cache.none'],
      lockout: { unlock: { link: { path: '/api/auth/unlock' } } },
    });
  });

  it.each([undefined, null, 'options', [GIVEN]])('that are %j are said to be none, and not what is missing in them', (given) => {
    const { problems } = readAuthOptions(given as unknown as AuthModuleOptions);

    expect(problems.map(({ option }) => option)).toEqual(['options']);
  });

  it('that are missing are named beside those that are unknown', () => {
    const { problems } = readAuthOptions({ surprise: 1 } as unknown as AuthModuleOptions);

    expect(problems.map(({ option }) => option)).toEqual(['secret', 'baseUrl', 'surprise']);
  });

  it.each(['storage', 'cache', 'mail', 'hasher', 'globalGuard', 'passport', 'overrides'])(
    'do not hold what the module graph is made of: %s',
    (option) => {
      expect(read({ [option]: {} }).problems).toEqual([
        expect.objectContaining({ option, remedy: expect.stringContaining('beside useFactory') }),
      ]);
    },
  );

  it.each<[string, object]>([
    ['passwords.words', { passwords: { words: 'acme' } }],
    ['passwords.words', { passwords: { words: ['acme', 7] } }],
    ['passwords.words', { passwords: { words: ['ab'] } }],
    ['passwords.breachCheck', { passwords: { breachCheck: {} } }],
    ['passwords.strength', { passwords: { strength: { isStrong: true } } }],
    ['passwords.pepper', { passwords: { pepper: 7 } }],
    ['passwords.pepper', { passwords: { pepper: '' } }],
    ['passwords.pepper', { passwords: { pepper: [{ id: '2026' }] } }],
    ['passwords.pepper', { passwords: { pepper: [{ id: 'a name with spaces', secret: 's' }] } }],
    [
      'passwords.pepper',
      {
        passwords: {
          pepper: [
            { id: '2026', secret: 's' },
            { id: '2026', secret: 't' },
          ],
        },
      },
    ],
    ['lockout.delays', { lockout: { delays: [] } }],
    ['lockout.delays', { lockout: { delays: '1m' } }],
    ['lockout.delays', { lockout: { delays: ['soon'] } }],
    ['lockout.maxFailures', { lockout: { maxFailures: 0 } }],
    ['lockout.hardStop', { lockout: { hardStop: 101 } }],
    ['mailLanguage', { mailLanguage: 'de' }],
    ['mailWording', { mailWording: 'friendly' }],
    ['mailLimits', { mailLimits: 5 }],
    ['profile', { profile: {} }],
    ['acknowledge', { acknowledge: 'storage.sqlite' }],
    ['acknowledge', { acknowledge: [7] }],
    ['acknowledge', { acknowledge: ['storage.sqlite', 7] }],
    ['recentAuth', { recentAuth: 'now' }],
    ['signUp', { signUp: 'maybe' }],
    ['sessions.bearer.idle', { sessions: { bearer: { idle: '91d' } } }],
    ['preset', { preset: 'lax' }],
  ])('of the wrong type or out of range are complained of: %s', (option, given) => {
    expect(complaints(given)).toEqual([option]);
    expect(() => resolveAuthOptions({ ...GIVEN, ...given } as AuthModuleOptions)).toThrow(AuthConfigurationError);
  });

  it.each(KNOWN_OPTIONS)('are complained of once when they are null: %s', (option) => {
    expect(complaints({ [option]: null })).toEqual([option]);
  });

  it('that cannot be used are replaced by their defaults, so that the rest can be judged as well', () => {
    const { options } = read({ profile: {}, acknowledge: 7, mailLimits: 5, passwords: { words: 7 } });
    const { options: defaults } = read({});

    expect(options).toEqual(defaults);
  });

  it('are complained of in the order of the documentation, unknown ones last', () => {
    expect(complaints({ surprise: 1, acknowledge: 7, signUp: 7, passwords: { words: 7 } })).toEqual([
      'passwords.words',
      'signUp',
      'acknowledge',
      'surprise',
    ]);
  });

  it('keep their order where several parts of one are complained of', () => {
    const given = {
      hashing: { queue: -1 },
      passwords: { minLength: 0, maxLength: 0 },
      secret: ['one', 'one'],
      trustedOrigins: ['*'],
    };

    expect(complaints(given)).toEqual([
      'secret[1]',
      'trustedOrigins',
      'passwords.minLength',
      'passwords.maxLength',
      'hashing.queue',
    ]);
  });

  it('of the strict preset are those of the preset, and what is given beats them', () => {
    const { options } = read({ preset: 'strict', tokens: { accessTtl: '10m' } });

    expect(options.passwords.nist).toBe(true);
    expect(options.sessions.cookie.idle).toBe(900_000);
    expect(options.tokens.accessTtl).toBe(600_000);
  });

  it('that shorten the absolute lifetime shorten the idle one with it', () => {
    expect(read({ sessions: { bearer: { absolute: '1d' } } }).options.sessions.bearer).toEqual({
      idle: 86_400_000,
      absolute: 86_400_000,
    });
  });

  it('can switch the ledger of attempts off, and nothing else does', () => {
    expect(read({ lockout: false }).options.lockout).toBe(false);
    expect(read({}).options.lockout).toMatchObject({
      maxFailures: 5,
      hardStop: 100,
      delays: [60_000, 120_000, 240_000, 480_000, 900_000],
    });
  });
});

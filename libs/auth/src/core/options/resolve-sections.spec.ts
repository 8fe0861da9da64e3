import { describe, expect, it } from 'vitest';
import type { AuthModuleOptions } from './auth.options.js';
import { readAuthOptions, resolveAuthOptions } from './resolve-auth-options.js';

const SECRET = 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only';
const GIVEN = { secret: SECRET, baseUrl: 'https://app.example.com', environment: 'test' };
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

const read = (options: object) => {
  const { options: resolved, problems } = readAuthOptions({ ...GIVEN, ...options } as AuthModuleOptions);
  return { ...resolved, complaints: problems.map(({ option }) => option) };
};
const defaults = read({});

describe('a section of the options', () => {
  const SECTIONS = ['passwords', 'hashing', 'tokens', 'sessions', 'lockout', 'mailLimits', 'throttle', 'cookie'];
  it.each(SECTIONS)('is an object without unknown keys (%s)', (section) => {
    expect(read({ [section]: { surprise: 1 } }).complaints).toEqual([`${section}.surprise`]);
    expect(read({ [section]: 7 }).complaints).toEqual([section]);
    expect(read({ [section]: {} })).toEqual(defaults);
  });

  it.each(['signIn', 'signUp', 'mail', 'token', 'failures'])('has sections of its own (throttle.%s)', (name) => {
    expect(read({ throttle: { [name]: { surprise: 1 } } }).complaints).toEqual([`throttle.${name}.surprise`]);
    expect(read({ throttle: { [name]: 7 } }).complaints).toEqual([`throttle.${name}`]);
  });

  it.each(['bearer', 'cookie', 'remembered'])('has sections of its own (sessions.%s)', (name) => {
    expect(read({ sessions: { [name]: { surprise: 1 } } }).complaints).toEqual([`sessions.${name}.surprise`]);
  });
});

describe('values that are refused', () => {
  it.each<[string, object]>([
    ['passwords.nist', { passwords: { nist: 'yes' } }],
    ['passwords.minLength', { passwords: { minLength: 0 } }],
    ['passwords.minLength', { passwords: { minLength: 129 } }],
    ['passwords.minLength', { passwords: { minLength: 65, maxLength: 64 } }],
    ['passwords.maxLength', { passwords: { maxLength: 63 } }],
    ['passwords.maxLength', { passwords: { maxLength: 1025 } }],
    ['hashing.concurrency', { hashing: { concurrency: 0 } }],
    ['hashing.concurrency', { hashing: { concurrency: 1025 } }],
    ['hashing.queue', { hashing: { queue: -1 } }],
    ['hashing.queue', { hashing: { queue: 1_000_001 } }],
    ['tokens.algorithm', { tokens: { algorithm: 'none' } }],
    ['tokens.keys', { tokens: { keys: {} } }],
    ['tokens.accessTtl', { tokens: { accessTtl: 'soon' } }],
    ['tokens.issuer', { tokens: { issuer: '' } }],
    ['tokens.audience', { tokens: { audience: 7 } }],
    ['sessions.bearer.absolute', { sessions: { bearer: { absolute: 'soon', idle: 0.001 } } }],
    ['sessions.cookie.idle', { sessions: { cookie: { idle: 'soon' } } }],
    ['sessions.remembered.idle', { sessions: { remembered: { idle: '400d' } } }],
    ['sessions.refreshGrace', { sessions: { refreshGrace: 'soon' } }],
    ['recentAuth', { recentAuth: 'soon' }],
    ['lockout.window', { lockout: { window: 'soon' } }],
    ['lockout.maxFailures', { lockout: { maxFailures: 101 } }],
    ['lockout.hardStop', { lockout: { hardStop: 0 } }],
    ['lockout.challengeAfter', { lockout: { challengeAfter: -1 } }],
    ['lockout.challengeAfter', { lockout: { challengeAfter: 101 } }],
    ['lockout.unlockPage', { lockout: { unlockPage: 'unlock' } }],
    ['lockout.unlockTtl', { lockout: { unlockTtl: 'soon' } }],
    ['mailLimits.perMinute', { mailLimits: { perMinute: 0 } }],
    ['mailLimits.perHour', { mailLimits: { perHour: 1_000_001 } }],
    ['mailLimits.perSource', { mailLimits: { perSource: 0.5 } }],
    ['throttle.signIn.limit', { throttle: { signIn: { limit: 0 } } }],
    ['throttle.signUp.window', { throttle: { signUp: { window: 'soon' } } }],
    ['throttle.mail.limit', { throttle: { mail: { limit: 1_000_001 } } }],
    ['throttle.token.window', { throttle: { token: { window: [] } } }],
    ['throttle.failures.perMinute', { throttle: { failures: { perMinute: 0 } } }],
    ['throttle.failures.perDay', { throttle: { failures: { perDay: 'many' } } }],
    ['mailWording', { mailWording: null }],
    ['mailWording', { mailWording: [] }],
    ['mailWording.welcome', { mailWording: { welcome: 'Hello' } }],
    ['mailWording.welcome', { mailWording: { welcome: ['Hello'] } }],
    ['mailWording.welcome.german!', { mailWording: { welcome: { 'german!': { subject: 'Hallo' } } } }],
    ['mailWording.welcome.1de', { mailWording: { welcome: { '1de': {} } } }],
    ['mailWording.welcome.de', { mailWording: { welcome: { de: 'Hallo' } } }],
    ['mailWording.welcome.de.title', { mailWording: { welcome: { de: { title: 'Hallo' } } } }],
    ['acknowledge', { acknowledge: ['storage.sqlite', 7] }],
    ['secret', { secret: [] }],
    ['secret', { secret: '' }],
    ['secret[1]', { secret: [SECRET, 7] }],
    ['secret[2]', { secret: [SECRET, 'another', SECRET] }],
  ])('are named: %s of %j', (option, given) => {
    expect(read(given).complaints).toEqual([option]);
    expect(() => resolveAuthOptions({ ...GIVEN, ...given } as AuthModuleOptions)).toThrow(option);
  });

  it('are not looked for where there are no options at all', () => {
    for (const nothing of [undefined, null, 7, []]) {
      expect(readAuthOptions(nothing as never).problems.map(({ option }) => option)).toEqual(['options']);
    }
  });

  it('are looked for beside an option that nobody knows', () => {
    const { problems } = readAuthOptions({ surprise: 1 } as never);
    expect(problems.map(({ option }) => option)).toEqual(['secret', 'baseUrl', 'surprise']);
  });
});

describe('values that are taken', () => {
  it('reach from the least to the most', () => {
    const least = {
      passwords: { minLength: 1, maxLength: 64 },
      hashing: { concurrency: 1, queue: 0 },
      lockout: { maxFailures: 1, hardStop: 1, challengeAfter: 0 },
      mailLimits: { perMinute: 1, perHour: 1, perSource: 1 },
      throttle: { signIn: { limit: 1, window: '1s' }, failures: { perMinute: 1, perDay: 1 } },
    };
    const most = {
      passwords: { minLength: 128, maxLength: 1024 },
      hashing: { concurrency: 1024, queue: 1_000_000 },
      lockout: { maxFailures: 100, hardStop: 100, challengeAfter: 100 },
      mailLimits: { perMinute: 1_000_000, perHour: 1_000_000, perSource: 1_000_000 },
      throttle: { signIn: { limit: 1_000_000 }, failures: { perMinute: 1_000_000, perDay: 1_000_000 } },
    };
    const { throttle, ...rest } = least;
    expect(read(least)).toMatchObject({ ...rest, throttle: { ...throttle, signIn: { limit: 1, window: 1_000 } }, complaints: [] });
    expect(read(most)).toMatchObject({ ...most, complaints: [] });
    expect(read({ passwords: { minLength: 64, maxLength: 64 } }).complaints).toEqual([]);
  });

  it('are the defaults of each limit beside the one that is given', () => {
    const { throttle } = defaults;
    expect(read({ throttle: { mail: { limit: 7 } } }).throttle).toEqual({
      ...throttle,
      mail: { ...(throttle as { mail: object }).mail, limit: 7 },
    });
    expect(read({ throttle: { failures: { perDay: 7 } } }).throttle).toMatchObject({ failures: { perDay: 7 } });
    expect(read({ throttle: false, mailLimits: false, lockout: false })).toMatchObject({
      throttle: false,
      mailLimits: false,
      lockout: false,
    });
  });

  it('are lifetimes that end no later than the longest', () => {
    const { sessions, complaints } = read({ sessions: { bearer: { absolute: '1d' }, cookie: { idle: '1h', absolute: '1h' } } });
    expect(complaints).toEqual([]);
    expect(sessions.bearer).toEqual({ idle: DAY, absolute: DAY });
    expect(sessions.cookie).toEqual({ idle: 60 * MINUTE, absolute: 60 * MINUTE });
    expect(sessions.remembered).toEqual(defaults.sessions.remembered);
    expect(read({ sessions: { refreshGrace: 30 } }).sessions.refreshGrace).toBe(30_000);
  });

  it.each(['EdDSA', 'ES256', 'RS256'])('are the algorithms of keys (%s)', (algorithm) => {
    const keys = {};
    expect(read({ tokens: { algorithm, keys } })).toMatchObject({ tokens: { algorithm, keys }, complaints: [] });
  });

  it('are the parties of a token, which are the address unless they are named', () => {
    expect(defaults.tokens).toMatchObject({ issuer: GIVEN.baseUrl, audience: GIVEN.baseUrl });
    expect(read({ tokens: { issuer: 'us', audience: 'you' } }).tokens).toMatchObject({ issuer: 'us', audience: 'you' });
  });

  it('are who may sign up, what is known already, and how mail is worded', () => {
    const mailWording = { 'password-reset': { en: { subject: 'New password' }, 'pt-BR': { button: 'Mudar' }, 'zh-Hant-TW': {} } };
    const mailLanguage = () => 'de';
    const given = { signUp: 'closed', acknowledge: ['storage.sqlite', 'cache.process'], mailWording, mailLanguage };
    expect(read(given)).toMatchObject({ ...given, complaints: [] });
  });

  it('are not worded at all where one word of it is wrong', () => {
    expect(read({ mailWording: { welcome: { en: { subject: 'Hello' } }, bye: 7 } }).mailWording).toEqual({});
    expect(read({ mailWording: { welcome: { en: { subject: 'Hello' } } }, mailLanguage: 7 }).mailWording).toHaveProperty('welcome');
  });

  it('are words by their letters, not by what they take in memory', () => {
    expect(read({ passwords: { words: ['😀😀'] } }).complaints).toEqual(['passwords.words']);
    expect(read({ passwords: { words: ['abc', '😀😀😀'] } })).toMatchObject({
      passwords: { words: ['abc', '😀😀😀'] },
      complaints: [],
    });
  });

  it('are at least the length that NIST asks for, where it is asked for', () => {
    const lengthOf = (passwords: object) => read({ passwords }).passwords.minLength;
    expect(lengthOf({ nist: true, minLength: 20 })).toBe(20);
    expect(lengthOf({ nist: true, minLength: 4 })).toBeGreaterThan(4);
    expect(lengthOf({ nist: false, minLength: 4 })).toBe(4);
  });

  it('are peppers, each by its name or by a digest that tells them apart', () => {
    const pepper = [
      { id: '2026', secret: 'new' },
      { id: 'old_1-x', secret: 'old' },
    ];
    expect(read({ passwords: { pepper } }).passwords.pepper).toEqual(pepper);
    const [one] = read({ passwords: { pepper: 'one' } }).passwords.pepper;
    const [two] = read({ passwords: { pepper: 'two' } }).passwords.pepper;
    expect(one).toEqual({ id: expect.stringMatching(/^[\w-]{8}$/) as string, secret: 'one' });
    expect(one!.id).not.toBe(two!.id);
    expect(read({ passwords: { pepper: 'one' } }).passwords.pepper).toEqual([one]);
  });

  it('are only the peppers that there are', () => {
    const read7 = read({ passwords: { pepper: [null, { id: 'a' }, { id: 'b', secret: 's' }] } });
    expect(new Set(read7.complaints)).toEqual(new Set(['passwords.pepper']));
    expect(read7.passwords.pepper).toEqual([{ id: 'b', secret: 's' }]);
    expect(read({ passwords: { pepper: {} } })).toMatchObject({ passwords: { pepper: [] }, complaints: ['passwords.pepper'] });
    expect(read({ passwords: { pepper: [{ id: 'x'.repeat(33), secret: 's' }] } }).complaints).toEqual(['passwords.pepper']);
    expect(read({ passwords: { pepper: [{ id: 'x'.repeat(32), secret: 's' }] } }).complaints).toEqual([]);
  });
});

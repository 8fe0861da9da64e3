import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AUTH_OPTIONS, AuthConfigurationError, AuthModule, type ResolvedAuthOptions, StaticKeyProvider } from 'nestjs-latchkey';
import { MemoryStorage } from 'nestjs-latchkey/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type AuthAppOptions, PRODUCTION, SECRET, startAuthApp } from './auth-app.js';

const PEPPER = 'vB6nM1qW8eR3tY5uI0oP2aS4dF7gH9jK-test-only';

type Bad = Record<string, unknown>;

/** One mistake each: the option that the message names, and what it says about it. */
const MISTAKES: [string, Bad, RegExp][] = [
  ['no secret', { secret: undefined }, /- secret: is missing/],
  ['a null secret', { secret: null }, /- secret: is missing/],
  ['a null among the limits', { lockout: { maxFailures: null } }, /- lockout\.maxFailures: is null\. Leave it out/],
  ['an empty secret', { secret: '' }, /- secret: is missing/],
  ['a short secret', { secret: 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0' }, /- secret: has 30 bytes; at least 32/],
  ['a secret from a tutorial', { secret: 'super-secret-change-me-in-production!!' }, /- secret: /],
  ['a placeholder', { secret: 'your-secret-your-secret-your-secret' }, /- secret: /],
  ['a secret that repeats itself', { secret: 'abc123'.repeat(8) }, /- secret: repeats itself/],
  ['a secret of one letter', { secret: 'a'.repeat(64) }, /- secret: repeats itself/],
  ['a secret of little entropy', { secret: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabc' }, /- secret: has too little entropy/],
  ['an empty ring', { secret: [] }, /- secret: is an empty list/],
  ['a ring with a weak key', { secret: [SECRET, 'short'] }, /- secret\[1\]: has 5 bytes/],
  ['a ring with one key twice', { secret: [SECRET, SECRET] }, /- secret\[1\]: is the same/],
  ['a secret that is an object', { secret: { key: SECRET } }, /- secret: is missing/],
  ['no base URL', { baseUrl: undefined }, /- baseUrl: is not an absolute/],
  ['a relative base URL', { baseUrl: '/app' }, /- baseUrl: is not an absolute/],
  ['a base URL of another scheme', { baseUrl: 'ftp://example.com' }, /- baseUrl: is not an absolute/],
  ['a base URL with a password', { baseUrl: 'https://u:p@example.com' }, /- baseUrl: is not an absolute/],
  ['http in public', { baseUrl: 'http://example.com' }, /- baseUrl: is http on a host that is not loopback/],
  ['http in production', { ...PRODUCTION, baseUrl: 'http://example.com' }, /- baseUrl: is not https in production/],
  ['an unknown environment', { environment: 'staging' }, /- environment: "staging" is not possible\. Use 'development' or/],
  ['an unknown preset', { preset: 'paranoid' }, /- preset: "paranoid"/],
  ['a mistyped option', { sceret: SECRET }, /- sceret: is not an option\. Did you mean secret\?/],
  ['a mistyped part of an option', { tokens: { accessTTl: '5m' } }, /- tokens\.accessTTl: .* Did you mean tokens\.accessTtl\?/],
  ['a mistyped extra', { globalGaurd: false }, /- globalGaurd: .* Did you mean globalGuard\?/],
  ['an option of nobody', { zebra: 1 }, /- zebra: is not an option\. Known: secret, baseUrl/],
  ['a duration in words', { recentAuth: 'ten minutes' }, /- recentAuth: "ten minutes" is not a duration\. Use '15m', '30d'/],
  ['a negative duration', { sessions: { refreshGrace: -1 } }, /- sessions\.refreshGrace: -1 is not a duration/],
  ['an access token for a day', { tokens: { accessTtl: '1d' } }, /- tokens\.accessTtl: is over an hour/],
  ['an unknown algorithm', { tokens: { algorithm: 'none' } }, /- tokens\.algorithm: "none" is not possible/],
  ['an algorithm without its keys', { tokens: { algorithm: 'EdDSA' } }, /- tokens\.keys: is missing, and EdDSA needs a key pair/],
  ['keys without their algorithm', { tokens: { keys: new StaticKeyProvider([]) } }, /- tokens\.keys: is set, but HS256/],
  ['idle longer than absolute', { sessions: { cookie: { idle: '2d', absolute: '1d' } } }, /- sessions\.cookie\.idle: is longer/],
  ['a lifetime that is none', { sessions: { bearer: 7 } }, /- sessions\.bearer: is not an object/],
  ['a trusted origin with a path', { trustedOrigins: ['https://a.example/x'] }, /- trustedOrigins: .* is not an origin/],
  ['any origin', { trustedOrigins: ['*'] }, /- trustedOrigins: "\*" is not an origin\..*never possible with cookies/],
  ['origins that are no list', { trustedOrigins: 'https://a.example' }, /- trustedOrigins: is not a list/],
  ['a proxy that is no network', { trustedProxies: ['loopback'] }, /- trustedProxies: "loopback" is not a network/],
  ['proxies that are no list', { trustedProxies: true }, /- trustedProxies: /],
  ['SameSite none over http', { cookie: { sameSite: 'none' } }, /- cookie\.sameSite: 'none' needs a Secure cookie/],
  ['a cookie domain with a scheme', { cookie: { domain: 'https://example.com' } }, /- cookie\.domain: is not a domain/],
  ['a delivery of nobody', { delivery: ['pigeon'] }, /- delivery: "pigeon" is not possible/],
  ['no delivery', { delivery: [] }, /- delivery: is not a list/],
  ['a prefix that is no path', { routePrefix: 'a b' }, /- routePrefix: is not a path/],
  ['a prefix that is a number', { routePrefix: 7 }, /- routePrefix: is not a path/],
  ['passwords of minimal length 0', { passwords: { minLength: 0 } }, /- passwords\.minLength: 0 is out of range/],
  ['passwords of at most 32', { passwords: { maxLength: 32 } }, /- passwords\.maxLength: 32 is out of range/],
  ['passwords that nobody can have', { passwords: { minLength: 100, maxLength: 64 } }, /- passwords\.minLength: is more than/],
  ['a weak pepper', { passwords: { pepper: 'pepper' } }, /- passwords\.pepper: has 6 bytes/],
  ['a pepper without a name', { passwords: { pepper: [{ secret: PEPPER }] } }, /- passwords\.pepper: has a key without a name/],
  ['a pepper that is a number', { passwords: { pepper: 7 } }, /- passwords\.pepper: /],
  ['a lockout of too many', { lockout: { maxFailures: 1000 } }, /- lockout\.maxFailures: 1000 is out of range/],
  ['a lockout that is true', { lockout: true }, /- lockout: is not an object/],
  ['a throttle that is true', { throttle: true }, /- throttle: is not an object/],
  ['a profile that is an object', { profile: {} }, /- profile: is not a class/],
  ['a sign-up that is half open', { signUp: 'maybe' }, /- signUp: "maybe" is not possible/],
  ['hashing of nothing at a time', { hashing: { concurrency: 0 } }, /- hashing\.concurrency: 0 is out of range/],
  ['an app without a name', { appName: ' ' }, /- appName: is empty/],
  ['acknowledgements that are no list', { acknowledge: 'all' }, /- acknowledge: is not a list/],
];

describe.each([
  ['forRoot', false],
  ['forRootAsync', true],
])('an application that is configured by %s', (_, async) => {
  const start = (options: Bad) => startAuthApp({ database: 'memory', logger: false, async, ...(options as AuthAppOptions) });

  it.each(MISTAKES)('does not start with %s, and says why', async (_name, options, message) => {
    const error: unknown = await start(options).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(AuthConfigurationError);
    expect((error as Error).message).toMatch(message);
    expect((error as AuthConfigurationError).problems).toHaveLength(1);
    expect((error as Error).message).not.toContain(SECRET);
  });

  it('is told every mistake at once, each with what mends it', async () => {
    const options = { secret: 'short', baseUrl: 'nowhere', sessions: { cookie: { idel: '1h' } }, recentAuth: 'soon' };
    const error = (await start(options).catch((reason: unknown) => reason)) as Error;

    expect(error.message.split('\n')).toEqual([
      'Latchkey is not configured safely (4):',
      '  - secret: has 5 bytes; at least 32 are needed. Generate one: npx nestjs-latchkey generate-secret [secret.too-short]',
      expect.stringMatching(/^ {2}- baseUrl: /),
      '  - sessions.cookie.idel: is not an option. Did you mean sessions.cookie.idle?',
      expect.stringMatching(/^ {2}- recentAuth: /),
    ]);
  });

  it('takes `undefined` for not said', async () => {
    const app = await start({
      appName: undefined,
      passwords: { minLength: undefined },
      sessions: { cookie: { idle: undefined } },
      trustedOrigins: undefined,
      lockout: undefined,
    });

    expect(app.get<ResolvedAuthOptions>(AUTH_OPTIONS as never)).toMatchObject({
      appName: 'localhost',
      passwords: { minLength: 8, maxLength: 128, nist: false },
      sessions: { cookie: { idle: 1_800_000, absolute: 86_400_000 }, refreshGrace: 10_000 },
      tokens: { algorithm: 'HS256', accessTtl: 900_000, issuer: 'http://localhost:3000', audience: 'http://localhost:3000' },
    });
    await app.close();
  });

  it('understands durations as text and as seconds', async () => {
    const app = await start({ recentAuth: 90, tokens: { accessTtl: '2.5m' }, sessions: { refreshGrace: '500ms' } });

    expect(app.get<ResolvedAuthOptions>(AUTH_OPTIONS as never)).toMatchObject({
      recentAuth: 90_000,
      tokens: { accessTtl: 150_000 },
      sessions: { refreshGrace: 500 },
    });
    await app.close();
  });

  it('is stricter by one word, and what is said beside it still counts', async () => {
    const app = await start({ preset: 'strict', sessions: { cookie: { absolute: '8h' } } });

    expect(app.get<ResolvedAuthOptions>(AUTH_OPTIONS as never)).toMatchObject({
      tokens: { accessTtl: 300_000 },
      passwords: { minLength: 15, nist: true },
      sessions: { cookie: { idle: 900_000, absolute: 28_800_000 } },
    });
    await app.close();
  });
});

describe('the environment of an application', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ['production', 'http://localhost:3000', 'does not start'],
    ['production', 'https://app.example.com', 'production'],
    ['development', 'https://app.example.com', 'development'],
    ['staging', 'https://app.example.com', 'production'],
    ['', 'https://app.example.com', 'production'],
    ['', 'http://127.0.0.1:3000', 'development'],
    ['', 'http://[::1]:3000', 'development'],
  ])('with NODE_ENV %j and %s is: %s', async (node, baseUrl, expected) => {
    vi.stubEnv('NODE_ENV', node);
    const app = await startAuthApp({ database: 'memory', logger: false, ...PRODUCTION, environment: undefined, baseUrl }).catch(
      () => null,
    );

    expect(app?.get<ResolvedAuthOptions>(AUTH_OPTIONS as never).environment ?? 'does not start').toBe(expected);
    await app?.close();
  });
});

describe('an asynchronous configuration', () => {
  const create = (options: Parameters<typeof AuthModule.forRootAsync>[0]) => {
    @Module({ imports: [AuthModule.forRootAsync({ storage: MemoryStorage.forRoot(), passport: false, ...options })] })
    class TestModule {}
    return NestFactory.create(TestModule, { logger: false, abortOnError: false });
  };

  it('that fails stops the boot with its own reason', async () => {
    await expect(create({ useFactory: () => Promise.reject(new Error('vault is sealed')) })).rejects.toThrow('vault is sealed');
  });

  it('that gives nothing stops the boot', async () => {
    await expect(create({ useFactory: () => undefined as never })).rejects.toThrow(/options: is not an object/);
  });

  it('can not decide what the module graph is made of', async () => {
    const useFactory = () => ({ secret: SECRET, baseUrl: 'http://localhost:3000', globalGuard: false });
    await expect(create({ useFactory })).rejects.toThrow(/- globalGuard: is decided .* Pass it beside useFactory/);
  });

  it('may come from a class', async () => {
    class Settings {
      createAuthOptions() {
        return { secret: SECRET, baseUrl: 'http://localhost:3000', environment: 'test' as const };
      }
    }
    const app = await create({ useClass: Settings });

    expect(app.get<ResolvedAuthOptions>(AUTH_OPTIONS as never).appName).toBe('localhost');
    await app.close();
  });

  it('may be forgotten, and is then complained about', async () => {
    @Module({ imports: [AuthModule.forRoot({ storage: MemoryStorage.forRoot(), passport: false } as never)] })
    class TestModule {}
    const forgotten = NestFactory.create(TestModule, { logger: false, abortOnError: false });

    await expect(forgotten).rejects.toThrow(/\(2\):[^]*- secret: [^]*- baseUrl: /);
    expect(() => AuthModule.forRoot(undefined as never)).not.toThrow();
  });
});

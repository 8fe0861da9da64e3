import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AuthModuleOptions } from './auth.options.js';
import { readAuthOptions } from './resolve-auth-options.js';

const GIVEN = { secret: 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only', baseUrl: 'https://app.example.com', environment: 'test' };
const read = (options: object) => {
  const { options: resolved, problems } = readAuthOptions({ ...GIVEN, ...options } as AuthModuleOptions);
  return { ...resolved, complaints: problems.map(({ option }) => option) };
};

describe('the address of an application', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com', 'https://app.example.com'],
    ['https://app.example.com///', 'https://app.example.com', 'https://app.example.com'],
    ['https://app.example.com/shop/', 'https://app.example.com/shop', 'https://app.example.com'],
    ['http://localhost:3000', 'http://localhost:3000', 'http://localhost:3000'],
  ])('%s is kept without its last slashes', (baseUrl, base, origin) => {
    expect(read({ baseUrl })).toMatchObject({ baseUrl: base, origin, complaints: [] });
  });

  it.each([
    'app.example.com',
    'ftp://app.example.com',
    'xhttps://app.example.com',
    'httpsx://app.example.com',
    'https://me@app.example.com',
    'https://app.example.com?a=1',
    'https://app.example.com#a',
    '',
    7,
    ['https://app.example.com'],
  ])('is not %j', (baseUrl) => {
    expect(read({ baseUrl }).complaints).toEqual(['baseUrl']);
  });

  it('gives the application its name where it has none', () => {
    expect(read({}).appName).toBe('app.example.com');
    expect(read({ appName: 'Shop' }).appName).toBe('Shop');
    expect(read({ appName: ' ' }).complaints).toEqual(['appName']);
  });
});

describe('the environment', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ['staging', 'https://app.example.com', 'production'],
    ['staging', 'http://localhost:3000', 'development'],
    ['test', 'https://app.example.com', 'test'],
    ['development', 'https://app.example.com', 'development'],
    ['production', 'http://localhost:3000', 'production'],
  ])('of NODE_ENV %s at %s is %s', (nodeEnv, baseUrl, environment) => {
    vi.stubEnv('NODE_ENV', nodeEnv);
    expect(read({ baseUrl, environment: undefined })).toMatchObject({ environment, complaints: [] });
  });

  it('is what is given, if there is such a one', () => {
    for (const environment of ['development', 'test', 'production']) expect(read({ environment })).toMatchObject({ environment });
    expect(read({ environment: 'staging' }).complaints).toEqual(['environment']);
  });
});

describe('trusted origins', () => {
  it('are our own where none is named', () => {
    expect([...read({}).trustedOrigins]).toEqual(['https://app.example.com']);
  });

  it('are those that are named, each once, with or without a slash', () => {
    const trustedOrigins = ['https://a.example/', 'https://a.example', 'http://localhost:4200'];
    const { trustedOrigins: resolved, complaints } = read({ trustedOrigins });
    expect([...resolved]).toEqual(['https://a.example', 'http://localhost:4200']);
    expect(complaints).toEqual([]);
  });

  it.each([
    '*',
    'https://a.example/path',
    'https://A.example',
    'ws://a.example',
    'xhttp://a.example',
    'httpx://a.example',
    'a.example',
    7,
  ])('are not %j', (origin) => {
    expect(read({ trustedOrigins: [origin] }).complaints).toEqual(['trustedOrigins']);
  });

  it('are a list', () => {
    const { trustedOrigins, complaints } = read({ trustedOrigins: 'https://a.example' });
    expect([[...trustedOrigins], complaints]).toEqual([[], ['trustedOrigins']]);
  });
});

describe('the prefix of routes', () => {
  it.each([
    [undefined, 'auth'],
    ['auth', 'auth'],
    ['//api/v1/auth-2//', 'api/v1/auth-2'],
    ['api/auth', 'api/auth'],
  ])('%j is %s', (routePrefix, resolved) => {
    expect(read({ routePrefix })).toMatchObject({ routePrefix: resolved, complaints: [] });
  });

  it.each(['', '/', 'a//b', 'a b', 'a/ b', 'a/b!', ':id', 7])('is not %j', (routePrefix) => {
    expect(read({ routePrefix }).complaints).toEqual(['routePrefix']);
  });
});

describe('how credentials are delivered', () => {
  it.each([[['bearer']], [['cookie']], [['bearer', 'cookie']]])('may be %j', (delivery) => {
    expect(read({ delivery })).toMatchObject({ delivery, complaints: [] });
  });

  it.each([[[]], ['cookie'], [7]])('is a list (%j)', (delivery) => {
    expect(read({ delivery })).toMatchObject({ delivery: read({}).delivery, complaints: ['delivery'] });
  });

  it('is known', () => {
    expect(read({ delivery: ['bearer', 'header'] }).complaints).toEqual(['delivery']);
  });
});

describe('trusted proxies', () => {
  it('are networks', () => {
    expect(read({})).toMatchObject({ trustedProxies: [] });
    expect(read({ trustedProxies: ['10.0.0.0/8', '::1'] })).toMatchObject({
      trustedProxies: ['10.0.0.0/8', '::1'],
      complaints: [],
    });
  });

  it.each([['10.0.0.0/8'], [['10.0.0.0/99']], [['proxy']], [7]])('are not %j', (trustedProxies) => {
    const { problems, options } = readAuthOptions({ ...GIVEN, trustedProxies } as never);
    expect(problems).toMatchObject([{ option: 'trustedProxies', problem: expect.stringMatching(/\w\.$/) as string }]);
    expect(options.trustedProxies).toEqual([]);
  });
});

describe('the cookie', () => {
  it.each([
    ['https://app.example.com', undefined, { name: '__Host-latchkey', domain: undefined, secure: true, sameSite: 'lax' }],
    ['https://app.example.com', { domain: 'example.com' }, { name: 'latchkey', domain: 'example.com', secure: true }],
    ['https://app.example.com', { sameSite: 'strict' }, { name: '__Host-latchkey', sameSite: 'strict' }],
    ['http://localhost:3000', { sameSite: 'none' }, { name: 'latchkey', secure: false, sameSite: 'none' }],
    ['https://app.example.com', { domain: 'a-1.Example.co.uk' }, { domain: 'a-1.Example.co.uk' }],
  ])('at %s with %j', (baseUrl, cookie, resolved) => {
    expect(read({ baseUrl, cookie })).toMatchObject({ cookie: resolved, complaints: [] });
  });

  it.each([
    'example',
    'https://example.com',
    'example.com/',
    '.example.com',
    'example..com',
    'example.com.',
    '',
    7,
    ['example.com'],
  ])('has no domain such as %j', (domain) => {
    expect(read({ cookie: { domain } })).toMatchObject({
      cookie: { name: '__Host-latchkey', domain: undefined },
      complaints: ['cookie.domain'],
    });
  });

  it('has no other options', () => {
    expect(read({ cookie: { sameSite: 'maybe', secure: true } }).complaints).toEqual(['cookie.secure', 'cookie.sameSite']);
    expect(read({ cookie: null }).complaints).toContain('cookie');
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuthModuleOptions } from './auth.options.js';
import { OptionChecks } from './option-checks.js';
import { resolvePlace } from './resolve-place.js';

describe('the place of an application', () => {
  let checks: OptionChecks;
  beforeEach(() => {
    checks = new OptionChecks();
  });

  const place = (given: object = {}) =>
    resolvePlace(checks, { baseUrl: 'https://app.example.com', environment: 'test', ...given } as AuthModuleOptions);
  const complaints = () => checks.problems.map(({ option }) => option);

  it('needs no more than an address', () => {
    expect(place()).toEqual({
      baseUrl: 'https://app.example.com',
      origin: 'https://app.example.com',
      environment: 'test',
      routePrefix: 'auth',
      delivery: ['bearer', 'cookie'],
      trustedProxies: [],
      cookie: { name: '__Host-latchkey', sameSite: 'lax', domain: undefined, secure: true },
      appName: 'app.example.com',
      trustedOrigins: new Set(['https://app.example.com']),
    });
    expect(complaints()).toEqual([]);
  });

  describe('by its address', () => {
    it.each([
      ['https://app.example.com/', 'https://app.example.com', 'https://app.example.com'],
      ['https://app.example.com/shop//', 'https://app.example.com/shop', 'https://app.example.com'],
      ['http://localhost:3000', 'http://localhost:3000', 'http://localhost:3000'],
      ['HTTPS://App.Example.com:443/Shop', 'https://app.example.com/Shop', 'https://app.example.com'],
    ])('%s is %s', (given, baseUrl, origin) => {
      expect(place({ baseUrl: given })).toMatchObject({ baseUrl, origin, trustedOrigins: new Set([origin]) });
      expect(complaints()).toEqual([]);
    });

    it.each([
      ['missing', undefined],
      ['relative', '/app'],
      ['an object', new URL('https://app.example.com')],
      ['a list', ['https://app.example.com']],
      ['of another scheme', 'ftp://app.example.com'],
      ['of a scheme that ends alike', 'shttp://app.example.com'],
      ['with a user', 'https://ada@app.example.com'],
      ['with a password only', 'https://:secret@app.example.com'],
      ['with a query', 'https://app.example.com/?a=1'],
      ['with an empty query', 'https://app.example.com/?'],
      ['with a fragment', 'https://app.example.com/#a'],
      ['with an empty fragment', 'https://app.example.com/#'],
    ])('is complained of when it is %s', (_, baseUrl) => {
      expect(place({ baseUrl })).toMatchObject({ baseUrl: 'https://invalid.example' });
      expect(complaints()).toEqual(['baseUrl']);
    });
  });

  describe('by its name', () => {
    it('is called what it is called', () => {
      expect(place({ appName: 'Acme' }).appName).toBe('Acme');
      expect(complaints()).toEqual([]);
    });

    it('is complained of without one', () => {
      place({ appName: '' });
      expect(complaints()).toEqual(['appName']);
    });
  });

  describe('by its environment', () => {
    afterEach(() => vi.unstubAllEnvs());

    it.each([
      ['', 'http://localhost:3000', 'development'],
      ['', 'https://app.example.com', 'production'],
      ['staging', 'https://app.example.com', 'production'],
      ['test', 'https://app.example.com', 'test'],
      ['development', 'https://app.example.com', 'development'],
      ['production', 'http://localhost:3000', 'production'],
    ])('with NODE_ENV %j and %s is that of %s', (node, baseUrl, environment) => {
      vi.stubEnv('NODE_ENV', node);

      expect(place({ baseUrl, environment: undefined }).environment).toBe(environment);
      expect(complaints()).toEqual([]);
    });

    it('is what is said, whatever NODE_ENV is', () => {
      vi.stubEnv('NODE_ENV', 'production');

      expect(place({ environment: 'development' }).environment).toBe('development');
    });

    it('is complained of when there is no such', () => {
      place({ environment: 'staging' });
      expect(complaints()).toEqual(['environment']);
    });
  });

  describe('by the prefix of its routes', () => {
    it.each([
      ['auth', 'auth'],
      ['/auth/', 'auth'],
      ['//api/v1/sign-in_2//', 'api/v1/sign-in_2'],
    ])('%s is %s', (routePrefix, expected) => {
      expect(place({ routePrefix }).routePrefix).toBe(expected);
      expect(complaints()).toEqual([]);
    });

    it.each(['', '/', 'a b', 'api//auth', 'äuth', 'auth?', '?auth', 'api/:id', 7, ['auth']])(
      'is complained of when it is %j',
      (routePrefix) => {
        place({ routePrefix });
        expect(complaints()).toEqual(['routePrefix']);
      },
    );
  });

  describe('by how sessions are delivered', () => {
    it('is what is said, in its order', () => {
      expect(place({ delivery: ['cookie', 'bearer'] }).delivery).toEqual(['cookie', 'bearer']);
      expect(place({ delivery: ['cookie'] }).delivery).toEqual(['cookie']);
      expect(complaints()).toEqual([]);
    });

    it.each([[], 'cookie', true])('is the default after a complaint when it is %j', (delivery) => {
      expect(place({ delivery }).delivery).toEqual(['bearer', 'cookie']);
      expect(complaints()).toEqual(['delivery']);
    });

    it('is complained of when one of them does not exist', () => {
      place({ delivery: ['cookie', 'pigeon'] });
      expect(complaints()).toEqual(['delivery']);
    });
  });
});

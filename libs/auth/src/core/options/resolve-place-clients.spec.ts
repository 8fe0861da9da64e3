import { beforeEach, describe, expect, it } from 'vitest';
import type { AuthModuleOptions } from './auth.options.js';
import { OptionChecks } from './option-checks.js';
import { resolvePlace } from './resolve-place.js';

describe('who may talk to an application', () => {
  let checks: OptionChecks;
  beforeEach(() => {
    checks = new OptionChecks();
  });

  const place = (given: object, baseUrl = 'https://app.example.com') =>
    resolvePlace(checks, { baseUrl, environment: 'test', ...given } as AuthModuleOptions);
  const complaints = () => checks.problems.map(({ option }) => option);

  describe('by origin', () => {
    const trusted = (trustedOrigins: unknown) => [...place({ trustedOrigins }).trustedOrigins];

    it('are those that are said and no others, with or without a slash', () => {
      expect(trusted(['https://a.example', 'https://b.example:8443/', 'http://localhost:3000'])).toEqual([
        'https://a.example',
        'https://b.example:8443',
        'http://localhost:3000',
      ]);
      expect(trusted([])).toEqual([]);
      expect(complaints()).toEqual([]);
    });

    it.each([
      ['any', '*'],
      ['null', 'null'],
      ['one with a path', 'https://a.example/x'],
      ['one with an empty query', 'https://a.example/?'],
      ['one that browsers spell otherwise', 'https://A.example'],
      ['a mere host', 'a.example'],
      ['one of another scheme', 'ftp://a.example'],
      ['a list', ['https://a.example']],
      ['an object', new URL('https://a.example')],
      ['null itself', null],
    ])('are complained of when one is %s, and the others stay', (_, entry) => {
      expect(trusted(['https://b.example', entry])).toEqual(['https://b.example']);
      expect(complaints()).toEqual(['trustedOrigins']);
    });

    it.each(['https://a.example', true])('are none after a complaint when they are %j', (given) => {
      expect(trusted(given)).toEqual([]);
      expect(complaints()).toEqual(['trustedOrigins']);
    });
  });

  describe('as a proxy', () => {
    it('are the networks that are said', () => {
      expect(place({ trustedProxies: ['10.0.0.0/8', '::1'] }).trustedProxies).toEqual(['10.0.0.0/8', '::1']);
      expect(complaints()).toEqual([]);
    });

    it.each([['10.0.0.0/33'], 'loopback', true])('are none after a complaint when they are %j', (given) => {
      expect(place({ trustedProxies: given }).trustedProxies).toEqual([]);
      expect(complaints()).toEqual(['trustedProxies']);
    });

    it('are told that they are no list', () => {
      place({ trustedProxies: true });

      expect(checks.problems[0]!.problem).toMatch(/not a list/);
    });
  });

  describe('with a cookie', () => {
    it('have one of this host alone where there is TLS', () => {
      expect(place({ cookie: {} }).cookie).toEqual({ name: '__Host-latchkey', sameSite: 'lax', domain: undefined, secure: true });
    });

    it('have one without a prefix, which browsers would refuse, where there is no TLS', () => {
      expect(place({}, 'http://localhost:3000').cookie).toEqual({
        name: 'latchkey',
        sameSite: 'lax',
        domain: undefined,
        secure: false,
      });
    });

    it.each(['example.com', 'sub-1.Example.co.uk', '1.2.example', 'a.b'])('share it with sub-domains of %s', (domain) => {
      expect(place({ cookie: { domain } }).cookie).toEqual({ name: 'latchkey', sameSite: 'lax', domain, secure: true });
      expect(complaints()).toEqual([]);
    });

    it.each([
      'https://example.com',
      '.example.com',
      'example.com.',
      'example',
      'example.com/x',
      'exa_mple.com',
      '',
      7,
      ['example.com'],
    ])('keep it to this host after a complaint when the domain is %j', (domain) => {
      expect(place({ cookie: { domain } }).cookie).toMatchObject({ name: '__Host-latchkey', domain: undefined });
      expect(complaints()).toEqual(['cookie.domain']);
    });

    it.each(['lax', 'strict', 'none'])('may have it with SameSite %s', (sameSite) => {
      expect(place({ cookie: { sameSite } }).cookie.sameSite).toBe(sameSite);
      expect(complaints()).toEqual([]);
    });

    it.each<[string, unknown]>([
      ['cookie.sameSite', { sameSite: 'off' }],
      ['cookie.secure', { secure: false }],
      ['cookie', 'strict'],
    ])('are complained of otherwise: %s', (option, cookie) => {
      place({ cookie });
      expect(complaints()).toEqual([option]);
    });
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { KeyProvider } from '../ports/key-provider.js';
import type { AuthModuleOptions, TokensOptions } from './auth.options.js';
import { OptionChecks } from './option-checks.js';
import { resolveSecrets, secretName } from './resolve-secrets.js';
import { resolveTokens } from './resolve-tokens.js';

const HOME = 'https://app.example.com';
const DEFAULTS = { algorithm: 'HS256', accessTtl: 900_000, issuer: HOME, audience: HOME, keys: undefined };

class NoKeys extends KeyProvider {
  async keyPairs() {
    return [];
  }
}

let checks: OptionChecks;
beforeEach(() => {
  checks = new OptionChecks();
});
const complaints = () => checks.problems.map(({ option }) => option);

describe('options of access tokens', () => {
  const resolved = (given: unknown, preset?: TokensOptions) =>
    resolveTokens(checks, given as AuthModuleOptions['tokens'], preset, HOME);

  it('are those of the documentation unless something else is said', () => {
    expect([resolved(undefined), resolved({})]).toEqual([DEFAULTS, DEFAULTS]);
    expect(complaints()).toEqual([]);
  });

  it.each(['EdDSA', 'ES256', 'RS256'])('are taken as they are said, with %s', (algorithm) => {
    const keys = new NoKeys();
    const given = { algorithm, accessTtl: '5m', issuer: 'https://id.example.com', audience: 'shop', keys };

    expect(resolved(given)).toEqual({ ...given, accessTtl: 300_000 });
    expect(complaints()).toEqual([]);
  });

  it('are those of the preset before the defaults, and what is said before both', () => {
    expect(resolved(undefined, { accessTtl: '5m' }).accessTtl).toBe(300_000);
    expect(resolved({ accessTtl: '10m' }, { accessTtl: '5m' }).accessTtl).toBe(600_000);
  });

  it.each<[string, unknown]>([
    ['tokens', 'HS256'],
    ['tokens.ttl', { ttl: '5m' }],
    ['tokens.algorithm', { algorithm: 'none' }],
    ['tokens.accessTtl', { accessTtl: 'long' }],
    ['tokens.issuer', { issuer: '' }],
    ['tokens.audience', { audience: ['shop'] }],
    ['tokens.keys', { keys: new NoKeys() }],
    ['tokens.keys', { algorithm: 'HS256', keys: new NoKeys() }],
  ])('are complained of when they cannot be: %s', (option, given) => {
    resolved(given);

    expect(complaints()).toEqual([option]);
  });
});

describe('secrets', () => {
  it('are a ring, even a single one', () => {
    expect(resolveSecrets(checks, 'one')).toEqual(['one']);
    expect(resolveSecrets(checks, ['one', 'two'])).toEqual(['one', 'two']);
    expect(complaints()).toEqual([]);
  });

  it.each<[string, unknown, string[]]>([
    ['missing', undefined, ['secret']],
    ['empty', '', ['secret']],
    ['an empty ring', [], ['secret']],
    ['a ring of one that is empty', [''], ['secret']],
    ['a ring with some that are none', ['one', '', 7, 'one'], ['secret[1]', 'secret[2]', 'secret[3]']],
  ])('are complained of when they are %s', (_, given, options) => {
    resolveSecrets(checks, given);

    expect(complaints()).toEqual(options);
  });

  it('that are none are left out of the ring', () => expect(resolveSecrets(checks, ['one', '', 7, null])).toEqual(['one']));

  it('are called by their place only where there are several', () => {
    expect([secretName(0, 1), secretName(0, 2), secretName(1, 2)]).toEqual(['secret', 'secret[0]', 'secret[1]']);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { KeyProvider } from '../ports/key-provider.js';
import type { AuthModuleOptions, TokensOptions } from './auth.options.js';
import { OptionChecks } from './option-checks.js';
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

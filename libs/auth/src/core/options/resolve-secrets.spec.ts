import { beforeEach, describe, expect, it } from 'vitest';
import { OptionChecks } from './option-checks.js';
import { resolveSecrets, secretName } from './resolve-secrets.js';

let checks: OptionChecks;
beforeEach(() => {
  checks = new OptionChecks();
});
const complaints = () => checks.problems.map(({ option }) => option);

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

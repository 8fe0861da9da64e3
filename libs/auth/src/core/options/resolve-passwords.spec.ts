import { beforeEach, describe, expect, it } from 'vitest';
import type { AuthModuleOptions } from './auth.options.js';
import { OptionChecks } from './option-checks.js';
import { resolveHashing, resolvePasswords } from './resolve-passwords.js';

const DEFAULTS = {
  minLength: 8,
  maxLength: 128,
  nist: false,
  pepper: [],
  words: [],
  breachCheck: undefined,
  strength: undefined,
};

describe('options of passwords', () => {
  let checks: OptionChecks;
  beforeEach(() => {
    checks = new OptionChecks();
  });

  const resolved = (given?: object, preset?: AuthModuleOptions['passwords']) => resolvePasswords(checks, given, preset);
  const complaints = () => checks.problems.map(({ option }) => option);

  it('are those of the documentation unless something else is said', () => {
    expect([resolved(), resolved({}), resolved({ minLength: undefined })]).toEqual([DEFAULTS, DEFAULTS, DEFAULTS]);
    expect(complaints()).toEqual([]);
  });

  it('are taken as they are said', () => {
    const given = {
      minLength: 12,
      maxLength: 64,
      words: ['acme', 'abc'],
      breachCheck: { isBreached: async () => false },
      strength: { isStrong: () => true },
    };

    expect(resolved(given)).toEqual({ ...DEFAULTS, ...given });
    expect(complaints()).toEqual([]);
  });

  it('are those of the preset before the defaults, and what is said before both', () => {
    expect(resolved(undefined, { nist: true })).toMatchObject({ nist: true, minLength: 15 });
    expect(resolved({ nist: false }, { nist: true })).toMatchObject({ nist: false, minLength: 8 });
  });

  it('ask for no less than NIST does, and for more where more is said', () => {
    expect(resolved({ nist: true, minLength: 8 }).minLength).toBe(15);
    expect(resolved({ nist: true, minLength: 20 }).minLength).toBe(20);
  });

  it('may allow one length only', () => {
    expect(resolved({ minLength: 64, maxLength: 64 })).toMatchObject({ minLength: 64, maxLength: 64 });
    expect(complaints()).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['passwords', 'long ones'],
    ['passwords.minLenght', { minLenght: 12 }],
    ['passwords.nist', { nist: 'yes' }],
    ['passwords.minLength', { minLength: 129 }],
    ['passwords.maxLength', { maxLength: 63 }],
    ['passwords.maxLength', { maxLength: 1025 }],
    ['passwords.minLength', { minLength: 65, maxLength: 64 }],
    ['passwords.words', { words: ['acme', '😀😀'] }],
    ['passwords.words', { words: ['acme', ['a', 'b', 'c']] }],
    ['passwords.breachCheck', { breachCheck: { isBreached: true } }],
    ['passwords.strength', { strength: { isStrong: 'always' } }],
    ['passwords.breachCheck', { breachCheck: null }],
    ['passwords.strength', { strength: null }],
    ['passwords.pepper', { pepper: null }],
  ])('are complained of when they cannot be: %s', (option, given) => {
    resolvePasswords(checks, given as AuthModuleOptions['passwords'], undefined);

    expect(complaints()).toEqual([option]);
  });

  it('have no words of their own where null is said', () => {
    expect(resolvePasswords(checks, { words: null } as never, undefined).words).toEqual([]);
    expect(complaints()).toEqual(['passwords.words']);
  });

  describe('with a pepper', () => {
    const pepper = (given: unknown) => resolved({ pepper: given }).pepper;

    it('are those of a ring, in its order', () => {
      const ring = [
        { id: '2026', secret: 's' },
        { id: `a-_Z9${'x'.repeat(27)}`, secret: 't' },
      ];

      expect(pepper(ring)).toEqual(ring);
      expect(pepper([])).toEqual([]);
      expect(complaints()).toEqual([]);
    });

    it('name one that has no name, always the same and unlike another', () => {
      // Hashes in databases remember it by this name: it must never change.
      expect(pepper('a pepper')).toEqual([{ id: 'PYlv3HnZ', secret: 'a pepper' }]);
      expect(pepper('another pepper')[0]!.id).not.toBe('PYlv3HnZ');
      expect(complaints()).toEqual([]);
    });

    it.each<[string, unknown, number]>([
      ['without a name', [{ secret: 's' }], 1],
      ['with an empty name', [{ id: '', secret: 's' }], 1],
      ['with too long a name', [{ id: 'x'.repeat(33), secret: 's' }], 1],
      ['with a name that separates', [{ id: 'a$b', secret: 's' }], 1],
      ['with a number for a name', [{ id: 2026, secret: 's' }], 1],
      ['with an empty secret', [{ id: '2026', secret: '' }], 1],
      ['with a secret that is none', [{ id: '2026', secret: 7 }], 1],
      ['that is null', [null], 2],
      ['that is not there', [undefined], 2],
    ])('complain of a key %s', (_, given, count) => {
      pepper(given);

      expect(complaints()).toEqual(Array.from({ length: count }, () => 'passwords.pepper'));
    });

    it('go on with the keys that have a secret', () => {
      const good = { id: '2026', secret: 's' };

      expect(pepper([null, good, { id: '2025' }, { id: '2024', secret: 7 }])).toEqual([good]);
    });

    it.each([7, { id: '2026', secret: 's' }, true])('complain of %j, and go on without', (given) => {
      expect(pepper(given)).toEqual([]);
      expect(complaints()).toEqual(['passwords.pepper']);
    });
  });
});

describe('options of hashing', () => {
  let checks: OptionChecks;
  beforeEach(() => {
    checks = new OptionChecks();
  });

  const complaints = () => checks.problems.map(({ option }) => option);

  it('are left to the machine unless something is said', () => {
    expect(resolveHashing(checks, undefined)).toEqual({ concurrency: undefined, queue: undefined });
    expect(resolveHashing(checks, { concurrency: 2, queue: 0 })).toEqual({ concurrency: 2, queue: 0 });
    expect(complaints()).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['hashing', 2],
    ['hashing.threads', { threads: 2 }],
    ['hashing.concurrency', { concurrency: 0 }],
    ['hashing.concurrency', { concurrency: 1025 }],
    ['hashing.queue', { queue: -1 }],
    ['hashing.queue', { queue: 1_000_001 }],
  ])('are complained of when they cannot be: %s', (option, given) => {
    resolveHashing(checks, given as AuthModuleOptions['hashing']);

    expect(complaints()).toEqual([option]);
  });
});

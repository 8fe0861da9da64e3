import { pbkdf2Sync } from 'node:crypto';
import native from 'bcrypt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import type { HashAlgorithm } from '../../core/passwords/hash-algorithm.js';
import { argon2id } from './argon2id.js';
import { bcrypt } from './bcrypt.js';
import { powersOfTwo } from './encoding.js';
import { knownAlgorithms } from './known-algorithms.js';
import { pbkdf2 } from './pbkdf2.js';
import { scrypt } from './scrypt.js';
import { FOREIGN_HASHES, FOREIGN_PASSWORD } from '../../../../../test/support/foreign-hashes.js';

const CHEAP: [string, () => HashAlgorithm, RegExp][] = [
  ['bcrypt', () => bcrypt({ cost: 4 }), /^\$2b\$04\$[./A-Za-z0-9]{53}$/],
  ['argon2id', () => argon2id({ memory: 64, time: 1 }), /^\$argon2id\$v=19\$m=64,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/],
  ['scrypt', () => scrypt({ N: 16 }), /^\$scrypt\$ln=4,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/],
  ['pbkdf2', () => pbkdf2({ iterations: 10 }), /^\$pbkdf2-sha512\$i=10\$[\w+/]{22}\$[\w+/]{86}$/],
];

const GARBAGE = [
  '',
  '$',
  '$2b$',
  '$2b$99$',
  '$argon2id$',
  '$scrypt$',
  '$pbkdf2-sha512$',
  'plain',
  'pbkdf2_sha256$1$',
  '\0',
  '💥',
  `${'0'.repeat(32)}:${'g'.repeat(128)}`,
  'x'.repeat(10_000),
];

describe.each(CHEAP)('%s', (id, make, form) => {
  const algorithm = make();

  it('verifies what it hashed, with a salt of its own each time', async () => {
    const [one, two] = await Promise.all([algorithm.hash(Buffer.from('right')), algorithm.hash(Buffer.from('right'))]);
    expect(algorithm.id).toBe(id);
    expect(one).toMatch(form);
    expect(one).not.toBe(two);
    expect(await algorithm.verify(Buffer.from('right'), one)).toBe(true);
    expect(await algorithm.verify(Buffer.from('wrong'), one)).toBe(false);
    expect(await algorithm.verify(Buffer.from(''), one)).toBe(false);
    expect(algorithm.recognises(one)).toBe(true);
    expect(algorithm.needsRehash(one)).toBe(false);
    expect(algorithm.workOf(one)).toBe(algorithm.work);
  });

  it('never throws for what is no hash of its own', async () => {
    for (const garbage of GARBAGE) {
      expect(await algorithm.verify(Buffer.from('right'), garbage)).toBe(false);
      expect([algorithm.recognises(garbage), algorithm.needsRehash(garbage), algorithm.workOf(garbage)]).toEqual([false, true, 0]);
    }
    const good = await algorithm.hash(Buffer.from('right'));
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length), fc.nat(4), fc.string({ maxLength: 4, unit: 'binary' }), async (at, cut, put) => {
        const mutant = good.slice(0, at) + put + good.slice(at + cut);
        // Parameters that are dear and still affordable would only take the test's time.
        if (mutant !== good && algorithm.workOf(mutant) <= algorithm.work) {
          expect(typeof (await algorithm.verify(Buffer.from('right'), mutant))).toBe('boolean');
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is told weak by the boot rule with such parameters, and sound with its own', () => {
    expect(algorithm.weakness).toContain(id);
    expect(knownAlgorithms().find((known) => known.id === id)?.weakness).toBeNull();
  });

  it('spends work without a result', async () => {
    await expect(algorithm.spend(Buffer.alloc(64, 'x'), algorithm.work)).resolves.toBeUndefined();
    await expect(algorithm.spend(Buffer.alloc(64, 'x'), 1)).resolves.toBeUndefined();
  });
});

describe('parameters', () => {
  it('are those of OWASP by default', () => {
    expect([bcrypt().work, argon2id().work, scrypt().work, pbkdf2().work]).toEqual([2 ** 12, 19_456 * 2, 2 ** 17 * 8, 220_000]);
  });

  it.each([
    () => bcrypt({ cost: 3 }),
    () => bcrypt({ cost: 12.5 }),
    () => bcrypt({ cost: '12' as unknown as number }),
    () => argon2id({ time: 0 }),
    () => argon2id({ memory: 7 }),
    () => scrypt({ N: 1000 }),
    () => pbkdf2({ iterations: Infinity }),
  ])('are refused when they make no sense: %s', (make) => {
    expect(make).toThrow(AuthConfigurationError);
  });

  it('that differ from today ask for a new hash', () => {
    const rows: [HashAlgorithm, string, boolean][] = [
      [bcrypt({ cost: 12 }), '$2b$12$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', false],
      [bcrypt({ cost: 12 }), '$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', true],
      [bcrypt({ cost: 12 }), '$2b$13$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', true],
      [bcrypt({ cost: 12 }), '$2y$12$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', true],
      [argon2id(), '$argon2id$v=19$m=19456,t=2,p=1$c29tc2FsdHNvbWVzYWx0$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc', false],
      [argon2id(), '$argon2id$v=19$m=19456,t=1,p=1$c29tc2FsdHNvbWVzYWx0$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc', true],
      [argon2id(), '$argon2i$v=19$m=19456,t=2,p=1$c29tc2FsdHNvbWVzYWx0$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc', true],
      [argon2id(), 'argon2$argon2id$v=19$m=19456,t=2,p=1$c29tc2FsdHNvbWVzYWx0$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc', true],
      [scrypt(), '$scrypt$ln=17,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E', false],
      [scrypt(), '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E', true],
    ];
    for (const [algorithm, encoded, expected] of rows) {
      expect(algorithm.recognises(encoded)).toBe(true);
      expect([encoded, algorithm.needsRehash(encoded)]).toEqual([encoded, expected]);
    }
  });

  it('that nobody can afford are not tried', async () => {
    const bombs: [HashAlgorithm, string][] = [
      [bcrypt(), '$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
      [argon2id(), '$argon2id$v=19$m=4194304,t=9999,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'],
      [scrypt(), '$scrypt$ln=30,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E'],
      [pbkdf2(), 'pbkdf2_sha256$99999999$salt$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M='],
    ];
    for (const [algorithm, encoded] of bombs) expect(await algorithm.verify(Buffer.from('password'), encoded)).toBe(false);
  });
});

/** Published with the systems that made them, or made with the library or the recipe that the system uses. */
describe('hashes of other systems', () => {
  const derived = (digest: string, salt: Buffer, rounds: number, bytes: number) =>
    pbkdf2Sync('pässword', salt, rounds, bytes, digest).toString('base64');
  const salt = Buffer.from('0102030405060708090a0b0c0d0eff10', 'hex');

  it.each<[string, string, string]>([
    ['crypt_blowfish $2a$', 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['PHP $2y$', 'U*U', '$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['bcrypt of npm', 'pässword', native.hashSync('pässword', 4)],
    ['Argon2 reference', 'password', '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'],
    ['Passlib scrypt', 'password', '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E'],
    ['Passlib PBKDF2', 'password', '$pbkdf2-sha256$6400$0ZrzXitFSGltTQnBWOsdAw$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M'],
    ['Django PBKDF2', 'pässword', `pbkdf2_sha256$1000$seasalt$${derived('sha256', Buffer.from('seasalt'), 1000, 32)}`],
    ['Pow PBKDF2', 'pässword', `$pbkdf2-sha512$1000$${salt.toString('base64')}$${derived('sha512', salt, 1000, 64)}`],
    ...Object.entries(FOREIGN_HASHES).map(([name, hash]): [string, string, string] => [name, FOREIGN_PASSWORD, hash]),
  ])('%s verify, and are to be replaced', async (_name, password, encoded) => {
    const algorithm = knownAlgorithms().find((known) => known.recognises(encoded));
    expect(await algorithm?.verify(Buffer.from(password), encoded)).toBe(true);
    expect(await algorithm?.verify(Buffer.from(`${password}x`), encoded)).toBe(false);
    expect(algorithm?.needsRehash(encoded)).toBe(true);
  });
});

describe('powersOfTwo', () => {
  it('make up for a lower cost exactly', () => {
    expect(powersOfTwo(2 ** 12 - 2 ** 10, 4)).toEqual([11, 10]);
    expect(powersOfTwo(2 ** 12, 4)).toEqual([12]);
    expect(powersOfTwo(2 ** 12 - 2 ** 4, 4)).toEqual([11, 10, 9, 8, 7, 6, 5, 4]);
    expect(powersOfTwo(7, 4)).toEqual([]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 26 }), (units) => {
        const sum = powersOfTwo(units, 4).reduce((total, power) => total + 2 ** power, 0);
        expect(Math.abs(sum - units)).toBeLessThanOrEqual(8);
      }),
    );
  });
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import { bcrypt } from '../../adapters/hashing/bcrypt.js';
import { scrypt } from '../../adapters/hashing/scrypt.js';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import { StoreUnavailableException } from '../errors/auth.errors.js';
import type { HashAlgorithm } from './hash-algorithm.js';
import { HashGate } from './hash-gate.js';
import { PasswordHashing } from './password-hashing.js';

const PEPPER = { id: '2026', secret: 'the-pepper-of-this-application' };

const hashing = (algorithm: HashAlgorithm, known: HashAlgorithm[] = [algorithm], gate = new HashGate()) =>
  new PasswordHashing(algorithm, known, [], gate);

/** Notes the units of work that are spent beside the hash itself. */
function noting(algorithm: HashAlgorithm) {
  const spent: number[] = [];
  return { spent, noted: { ...algorithm, spend: async (_: Buffer, units: number) => void spent.push(units) } };
}

describe('the work for a wrong password', () => {
  it('is that of the hash alone where that is as strong as those of today, or stronger', async () => {
    const { spent, noted } = noting(bcrypt({ cost: 5 }));
    const hasher = hashing(noted);
    for (const cost of [5, 6]) {
      expect(await hasher.verify('wrong', await hashing(bcrypt({ cost })).hash('right'))).toBe(false);
    }

    expect(spent).toEqual([]);
  });

  it('is made up for where the hash is weaker, and not for who knows the password', async () => {
    const { spent, noted } = noting(bcrypt({ cost: 6 }));
    const hasher = hashing(noted);
    const weak = await hashing(bcrypt({ cost: 4 })).hash('right');
    expect(await hasher.verify('right', weak)).toBe(true);
    expect(spent).toEqual([]);
    await hasher.verify('wrong', weak);

    expect(spent).toEqual([2 ** 6 - 2 ** 4]);
  });
});

describe('a hash whose algorithm is not installed', () => {
  const missing = new AuthConfigurationError([]);
  const broken = (error: Error): HashAlgorithm => ({ ...scrypt({ N: 16 }), verify: () => Promise.reject(error) });

  it('may well be right: the answer is that it cannot be said now', async () => {
    const hash = await hashing(scrypt({ N: 16 })).hash('right');
    const refused = await hashing(broken(missing))
      .verify('right', hash)
      .catch((error: unknown) => error);

    expect(refused).toBeInstanceOf(StoreUnavailableException);
    expect((refused as Error).cause).toBe(missing);
  });

  it('is told from one that breaks otherwise', async () => {
    const hash = await hashing(scrypt({ N: 16 })).hash('right');
    const other = new Error('out of memory');

    await expect(hashing(broken(other)).verify('right', hash)).rejects.toBe(other);
  });
});

describe('a stored string', () => {
  it('is recognised when it could be right', async () => {
    const hasher = new PasswordHashing(bcrypt({ cost: 4 }), [scrypt({ N: 16 })], [PEPPER], new HashGate());
    const ours = await hasher.hash('right');

    expect(hasher.recognises(ours)).toBe(true);
    expect(hasher.recognises(await hashing(scrypt({ N: 16 })).hash('right'))).toBe(true);
    expect(hasher.recognises(ours.replace('k=2026', 'k=2025'))).toBe(false);
    expect(hasher.recognises('garbage')).toBe(false);
  });

  it('is nothing but a text: a list with a hash in it is none', async () => {
    const hasher = hashing(bcrypt({ cost: 4 }));
    const list = [await hasher.hash('right')] as unknown as string;

    expect(hasher.recognises(list)).toBe(false);
    expect(await hasher.verify('right', list)).toBe(false);
  });

  it('of another algorithm is to be replaced, whatever that of today makes of it', async () => {
    const content: HashAlgorithm = { ...scrypt({ N: 16 }), needsRehash: () => false };
    const hasher = hashing(content, [bcrypt({ cost: 4 })]);
    const other = await hashing(bcrypt({ cost: 4 })).hash('right');

    expect(hasher.recognises(other)).toBe(true);
    expect(hasher.needsRehash(other)).toBe(true);
    expect(hasher.needsRehash(await hasher.hash('right'))).toBe(false);
  });
});

describe('the facts of hashing', () => {
  it('are those of the algorithm of today', () => {
    const algorithm = scrypt({ N: 16 });

    expect(hashing(algorithm).facts()).toEqual({ weakness: algorithm.weakness });
    expect(algorithm.weakness).not.toBeNull();
  });
});

describe('the speed of the machine', () => {
  afterEach(() => vi.useRealTimers());

  it('is measured three times, and the best counts', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const durations = [40, 10, 20, 1];
    const sample = 5;
    const work = 80;
    const measured: number[] = [];
    const algorithm: HashAlgorithm = {
      ...scrypt({ N: 16 }),
      sample,
      work,
      spend: async (_, units) => {
        vi.advanceTimersByTime(durations[measured.length]!);
        measured.push(units);
      },
    };
    const gate = new HashGate({ concurrency: 2 });
    await hashing(algorithm, [], gate).prepare();

    expect(measured).toEqual([sample, sample, sample]);
    // 80 units at half a unit a millisecond: 160 ms, of which eight can wait.
    expect(gate.capacity).toBe(8);
  });

  it('is measured anew after it could not be', async () => {
    let isInstalled = false;
    const spend = () => (isInstalled ? Promise.resolve() : Promise.reject(new Error('not installed')));
    const hasher = hashing({ ...scrypt({ N: 16 }), spend });
    await expect(hasher.prepare()).rejects.toThrow('not installed');
    isInstalled = true;

    await expect(hasher.prepare()).resolves.toBeUndefined();
  });

  it('is measured once', async () => {
    const { spent, noted } = noting(scrypt({ N: 16 }));
    const hasher = hashing(noted);
    await hasher.prepare();
    await hasher.prepare();

    expect(spent).toHaveLength(3);
  });
});

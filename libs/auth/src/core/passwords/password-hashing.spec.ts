import { pbkdf2Sync } from 'node:crypto';
import native from 'bcrypt';
import { describe, expect, it } from 'vitest';
import { argon2id } from '../../adapters/hashing/argon2id.js';
import { bcrypt } from '../../adapters/hashing/bcrypt.js';
import { knownAlgorithms } from '../../adapters/hashing/known-algorithms.js';
import { pbkdf2 } from '../../adapters/hashing/pbkdf2.js';
import { scrypt } from '../../adapters/hashing/scrypt.js';
import { OverloadedException } from '../errors/auth.errors.js';
import type { HashAlgorithm } from './hash-algorithm.js';
import { HashGate } from './hash-gate.js';
import { PasswordHashing } from './password-hashing.js';

const OLD_PEPPER = { id: '2025', secret: 'the-older-pepper-of-this-application' };
const PEPPER = { id: '2026', secret: 'the-newer-pepper-of-this-application' };
const FAST: [string, HashAlgorithm][] = [
  ['bcrypt', bcrypt({ cost: 4 })],
  ['argon2id', argon2id({ memory: 64, time: 1 })],
  ['scrypt', scrypt({ N: 16 })],
  ['pbkdf2', pbkdf2({ iterations: 10 })],
];

const hashing = (
  algorithm: HashAlgorithm = bcrypt({ cost: 4 }),
  peppers: { id: string; secret: string }[] = [],
  gate = new HashGate(),
) => new PasswordHashing(algorithm, knownAlgorithms(), peppers, gate);

/** Counts the units of work that are done. */
function metered(algorithm: HashAlgorithm) {
  const meter = { done: 0 };
  const spy: HashAlgorithm = {
    ...algorithm,
    verify: (input, encoded) => {
      meter.done += algorithm.workOf(encoded);
      return algorithm.verify(input, encoded);
    },
    spend: (input, units) => {
      meter.done += units;
      return algorithm.spend(input, units);
    },
  };
  return { meter, spy };
}

describe.each(FAST)('passwords hashed with %s', (_id, algorithm) => {
  it.each([
    ['without pepper', []],
    ['with pepper', [PEPPER]],
  ])('are never cut, %s', async (_name, peppers) => {
    const hasher = hashing(algorithm, peppers);
    const base = 'x'.repeat(72);
    for (const [password, twin] of [
      [`${base}a`, `${base}b`],
      [`${base}a`, base],
      ['before\0after', 'before\0other'],
      ['before\0after', 'before'],
      ['\0', ''],
      ['after\0', 'after'],
      ['x'.repeat(1024), 'x'.repeat(1023)],
      ['\ud800', '\ud801'],
      ['\ud800', '\ufffd'],
      ['\ud800', '\u{10ffff}d800;'],
      ['Case', 'case'],
      [' space', 'space'],
    ] as const) {
      const hash = await hasher.hash(password);
      expect(await hasher.verify(password, hash)).toBe(true);
      expect(await hasher.verify(twin, hash)).toBe(false);
      expect(hasher.needsRehash(hash)).toBe(false);
      expect(hash.length).toBeLessThan(255);
    }
  });

  it('outlive a change of the pepper until the old one is removed', async () => {
    const before = await hashing(algorithm).hash('right');
    const old = await hashing(algorithm, [OLD_PEPPER]).hash('right');
    expect(old).toMatch(/^\$lk\$v=1,alg=[a-z0-9]+-sha384,k=2025\$/);

    const rotating = hashing(algorithm, [PEPPER, OLD_PEPPER]);
    for (const hash of [before, old]) {
      expect(await rotating.verify('right', hash)).toBe(true);
      expect(await rotating.verify('wrong', hash)).toBe(false);
      expect(rotating.needsRehash(hash)).toBe(true);
    }
    const renewed = await rotating.hash('right');
    expect(renewed).toContain(',k=2026$');
    expect(rotating.needsRehash(renewed)).toBe(false);

    const rotated = hashing(algorithm, [PEPPER]);
    expect(await rotated.verify('right', renewed)).toBe(true);
    expect(await rotated.verify('right', old)).toBe(false);
    expect(rotated.needsRehash(old)).toBe(true);
    expect(
      await hashing(algorithm, [{ id: PEPPER.id, secret: 'a copy of the database, and another pepper' }]).verify('right', renewed),
    ).toBe(false);
    expect(await hashing(algorithm).verify('right', renewed)).toBe(false);
    expect(hashing(algorithm).needsRehash(renewed)).toBe(true);
  });

  it('still verify when another algorithm is configured, and are then to be replaced', async () => {
    for (const peppers of [[], [PEPPER]]) {
      const hash = await hashing(algorithm, peppers).hash('right');
      for (const [, other] of FAST) {
        const hasher = hashing(other, peppers);
        expect(await hasher.verify('right', hash)).toBe(true);
        expect(await hasher.verify('wrong', hash)).toBe(false);
        expect(hasher.needsRehash(hash)).toBe(other.id !== algorithm.id);
      }
    }
  });
});

describe('PasswordHashing', () => {
  it('says in the string what was done', async () => {
    expect(await hashing().hash('right')).toMatch(/^\$lk\$v=1,alg=bcrypt-sha384\$2b\$04\$/);
    expect(await hashing(argon2id({ memory: 64, time: 1 })).hash('right')).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
  });

  it('verifies hashes that other systems made, with or without a pepper of ours', async () => {
    const django = `pbkdf2_sha256$1000$seasalt$${pbkdf2Sync('right', 'seasalt', 1000, 32, 'sha256').toString('base64')}`;
    for (const hash of [native.hashSync('right', 4), django]) {
      for (const peppers of [[], [PEPPER]]) {
        const hasher = hashing(undefined, peppers);
        expect(await hasher.verify('right', hash)).toBe(true);
        expect(await hasher.verify('wrong', hash)).toBe(false);
        expect(hasher.needsRehash(hash)).toBe(true);
      }
    }
  });

  it('answers false to what is no hash, without ever throwing', async () => {
    const hasher = hashing();
    const good = await hasher.hash('right');
    const garbage: unknown[] = [
      '',
      'x',
      '$lk$',
      '$lk$v=1,alg=md5-sha384$2b$04$',
      good.slice(0, -1),
      `${good}x`,
      good.replace('v=1', 'v=2'),
      good.replace('bcrypt-', 'scrypt-'),
      `$lk$v=1,alg=bcrypt-sha384${good}`,
      null,
      undefined,
      7,
      {},
    ];
    for (const hash of garbage) {
      expect(await hasher.verify('right', hash as string)).toBe(false);
      expect(hasher.needsRehash(hash as string)).toBe(true);
    }
  });

  it('does the same work for everybody: no account, a weaker hash, a removed pepper, garbage', async () => {
    const { meter, spy } = metered(bcrypt({ cost: 8 }));
    const hasher = hashing(spy, [PEPPER]);
    const costs: Record<string, number> = {};
    const stored: Record<string, string | undefined> = {
      today: await hasher.hash('right'),
      nobody: undefined,
      weaker: await hashing(bcrypt({ cost: 4 }), [PEPPER]).hash('right'),
      'weaker, foreign': native.hashSync('right', 6),
      'pepper removed': await hashing(bcrypt({ cost: 8 }), [OLD_PEPPER]).hash('right'),
      garbage: 'garbage',
    };
    for (const [name, hash] of Object.entries(stored)) {
      meter.done = 0;
      if (hash === undefined) await hasher.equalise('wrong');
      else await hasher.verify('wrong', hash);
      costs[name] = meter.done;
    }
    expect(costs).toEqual(Object.fromEntries(Object.keys(stored).map((name) => [name, 2 ** 8])));
  });

  it('makes up for a hash of another algorithm by the speed of this machine', async () => {
    const { meter, spy } = metered(bcrypt({ cost: 8 }));
    const hasher = hashing(spy);
    await hasher.prepare();
    meter.done = 0;
    await hasher.verify('wrong', `pbkdf2_sha256$1000$seasalt$${'A'.repeat(43)}=`);
    expect(meter.done).toBeGreaterThan(2 ** 7);
    expect(meter.done).toBeLessThan(2 ** 8);
  });

  it('waits for one turn at the gate, whatever is stored', async () => {
    const gate = new HashGate();
    const hasher = hashing(bcrypt({ cost: 6 }), [], gate);
    const stored = [await hasher.hash('right'), native.hashSync('right', 4), native.hashSync('right', 7), 'garbage'];
    const run = gate.run.bind(gate);
    let turns = 0;
    gate.run = (work) => {
      turns++;
      return run(work);
    };
    const taken: number[] = [];
    for (const hash of stored) {
      turns = 0;
      expect(await hasher.verify('wrong', hash)).toBe(false);
      taken.push(turns);
    }
    expect(taken).toEqual([1, 1, 1, 1]);
  });

  it('sheds what the gate does not admit', async () => {
    const gate = new HashGate({ concurrency: 1, queue: 1 });
    const hasher = hashing(bcrypt({ cost: 4 }), [], gate);
    const hash = await hasher.hash('right');
    const results = await Promise.allSettled([
      hasher.verify('right', hash),
      hasher.equalise('right'),
      hasher.hash('right'),
      hasher.verify('right', hash),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect((results[3] as PromiseRejectedResult).reason).toBeInstanceOf(OverloadedException);
    expect([gate.inFlight, gate.queued]).toEqual([0, 0]);
  });

  it('tells the gate at the start how long a hash takes', async () => {
    const gate = new HashGate({ concurrency: 2 });
    await hashing(bcrypt({ cost: 4 }), [], gate).prepare();
    expect(gate.capacity).toBeGreaterThan(100);
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AttemptRepository, AttemptRules } from '../../libs/auth/src/core/ports/attempt.repository.js';
import { MemoryAttemptRepository } from '../../libs/auth/src/testing/memory-storage/memory-attempt.repository.js';
import { MemoryDatabase } from '../../libs/auth/src/testing/memory-storage/memory-database.js';
import { describeEachDatabase } from '../support/databases.js';
import { openStorage, type StorageHarness } from './storage-harness.js';

type Act = { what: 'reserve' | 'fail' | 'release' | 'clear'; wait: number };

const rules: fc.Arbitrary<AttemptRules> = fc.record({
  maxFailures: fc.integer({ min: 1, max: 7 }),
  window: fc.integer({ min: 1, max: 500 }),
  delays: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 }),
  hardStop: fc.integer({ min: 1, max: 12 }),
  lease: fc.integer({ min: 1, max: 100 }),
});

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.record({
    what: fc.constantFrom<Act['what'][]>('reserve', 'reserve', 'reserve', 'fail', 'fail', 'fail', 'release', 'clear'),
    // Clocks of several processes are not in step.
    wait: fc.oneof(fc.constant(0), fc.integer({ min: -20, max: 300 })),
  }),
  { minLength: 1, maxLength: 40 },
);

async function act(
  repository: AttemptRepository,
  bucket: string,
  rule: AttemptRules,
  { what }: Act,
  now: number,
): Promise<unknown> {
  switch (what) {
    case 'reserve':
      return repository.reserve(bucket, rule, now);
    case 'fail':
      return repository.fail(bucket, rule, now);
    case 'release':
      return repository.release(bucket);
    case 'clear':
      return repository.clear(bucket);
  }
}

describeEachDatabase('the rule of the ledger', (kind) => {
  let storage: StorageHarness;
  beforeAll(async () => {
    storage = await openStorage(kind);
  });
  afterAll(() => storage.close());

  it('is the same in SQL as in the one definition', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(rules, acts, fc.constantFrom(0, 300, 1_780_000_000_000), async (rule, steps, start) => {
        run += 1;
        const bucket = `bucket-${run}`;
        const model = new MemoryAttemptRepository(new MemoryDatabase());
        let now: number = start;
        for (const step of steps) {
          now = Math.max(0, now + step.wait);
          const expected = await act(model, bucket, rule, step, now);
          expect(await act(storage.attempts, bucket, rule, step, now)).toEqual(expected);
          expect(await storage.attempts.find(bucket)).toEqual(await model.find(bucket));
        }
      }),
      { numRuns: 120 },
    );
  }, 120_000);
});

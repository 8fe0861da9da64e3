import assert from 'node:assert/strict';
import type { AttemptRepository, AttemptRules } from '../../core/ports/attempt.repository.js';
import { type ConformanceHarness, type CreateHarness, describeConformance, race, uniqueName } from './conformance-suite.js';

export interface AttemptRepositoryHarness extends ConformanceHarness {
  repository: AttemptRepository;
}

const NOW = 1_780_000_000_000;
const MINUTE = 60_000;
const RULES: AttemptRules = {
  maxFailures: 5,
  window: 5 * MINUTE,
  delays: [MINUTE, 2 * MINUTE, 4 * MINUTE],
  hardStop: 100,
  lease: 30_000,
};

/** What every `AttemptRepository` must do. */
export function describeAttemptRepository(create: CreateHarness<AttemptRepository | AttemptRepositoryHarness>): void {
  const createHarness = async (): Promise<AttemptRepositoryHarness> => {
    const created = await create();
    return 'repository' in created ? created : { repository: created };
  };

  describeConformance('AttemptRepository', createHarness, (scenario) => {
    const outcome = async (repository: AttemptRepository, bucket: string, now: number, rules = RULES): Promise<string> =>
      (await repository.reserve(bucket, rules, now)).outcome;
    const failTimes = async (
      repository: AttemptRepository,
      bucket: string,
      times: readonly number[],
      rules = RULES,
    ): Promise<void> => {
      for (const now of times) {
        assert.equal(await outcome(repository, bucket, now, rules), 'granted');
        await repository.fail(bucket, rules, now);
      }
    };

    for (const ways of [10, 50, 200]) {
      for (const failures of [0, 3]) {
        scenario(`grants ${5 - failures} of ${ways} parallel reservations after ${failures} failures`, async ({ repository }) => {
          const bucket = uniqueName();
          await failTimes(repository, bucket, Array(failures).fill(NOW));
          const outcomes = await race(ways, () => outcome(repository, bucket, NOW));
          assert.equal(outcomes.filter((result) => result === 'granted').length, 5 - failures);
          assert.equal(outcomes.filter((result) => result === 'pending').length, ways - 5 + failures);
        });
      }
    }

    scenario('does not overshoot when reservations and failures interleave', async ({ repository }) => {
      const bucket = uniqueName();
      let evaluated = 0;
      await race(100, async () => {
        if ((await outcome(repository, bucket, NOW)) !== 'granted') return;
        evaluated += 1;
        await repository.fail(bucket, RULES, NOW);
      });
      assert.equal(evaluated, 5);
      assert.equal((await repository.find(bucket))?.consecutive, 5);
      assert.equal(await outcome(repository, bucket, NOW + 1), 'blocked');
    });

    scenario('starts the first delay with the fifth failure', async ({ repository }) => {
      const bucket = uniqueName();
      await failTimes(repository, bucket, [NOW, NOW + 1, NOW + 2, NOW + 3]);
      assert.equal(await outcome(repository, bucket, NOW + 4), 'granted');
      const settled = await repository.fail(bucket, RULES, NOW + 5);
      assert.deepEqual(settled, { consecutive: 5, blockedUntil: NOW + 5 + MINUTE, reachedHardStop: false });
      assert.deepEqual(await repository.reserve(bucket, RULES, NOW + 6), { outcome: 'blocked', retryAfterMs: MINUTE - 1 });
      assert.equal((await repository.find(bucket))?.consecutive, 5);
    });

    scenario('lets one at a time try after a delay, and starts the next one', async ({ repository }) => {
      const bucket = uniqueName();
      await failTimes(repository, bucket, [NOW, NOW, NOW, NOW, NOW]);
      let now = NOW;
      for (const delay of [MINUTE, 2 * MINUTE, 4 * MINUTE, 4 * MINUTE]) {
        assert.equal(await outcome(repository, bucket, now + delay - 1), 'blocked');
        now += delay;
        const outcomes = await race(10, () => outcome(repository, bucket, now));
        assert.deepEqual(outcomes.toSorted(), ['granted', ...Array<string>(9).fill('pending')]);
        await repository.fail(bucket, RULES, now);
      }
    });

    scenario('slides its window', async ({ repository }) => {
      const bucket = uniqueName();
      const step = RULES.window / 4;
      await failTimes(
        repository,
        bucket,
        Array.from({ length: 20 }, (_, index) => NOW + index * step),
      );
      const found = await repository.find(bucket);
      assert.deepEqual([found?.consecutive, found?.level, found?.blockedUntil], [20, 0, 0]);
      assert.equal(await outcome(repository, bucket, NOW + 19 * step + 1), 'granted');
      assert.ok((await repository.fail(bucket, RULES, NOW + 19 * step + 1)).blockedUntil);
    });

    scenario('stops for good at the hard stop, without a race past it', async ({ repository }) => {
      const bucket = uniqueName();
      const rules = { ...RULES, hardStop: 7, window: 10 };
      await failTimes(
        repository,
        bucket,
        [0, 1, 2, 3, 4].map((index) => NOW + index * 100),
        rules,
      );
      const now = NOW + 1_000;
      const outcomes = await race(10, () => outcome(repository, bucket, now, rules));
      assert.deepEqual(outcomes.filter((result) => result === 'granted').length, 2);
      assert.equal((await repository.fail(bucket, rules, now)).reachedHardStop, false);
      assert.deepEqual(await repository.fail(bucket, rules, now), { consecutive: 7, blockedUntil: null, reachedHardStop: true });
      assert.equal(await outcome(repository, bucket, now + 365 * 24 * 60 * MINUTE, rules), 'stopped');
      await repository.clear(bucket);
      assert.equal(await outcome(repository, bucket, now, rules), 'granted');
    });

    scenario('gives an attempt back uncounted', async ({ repository }) => {
      const bucket = uniqueName();
      await failTimes(repository, bucket, [NOW, NOW, NOW, NOW]);
      assert.equal(await outcome(repository, bucket, NOW), 'granted');
      assert.equal(await outcome(repository, bucket, NOW), 'pending');
      await repository.release(bucket);
      assert.equal(await outcome(repository, bucket, NOW), 'granted');
      await repository.release(bucket);
      await repository.release(bucket);
      assert.equal((await repository.find(bucket))?.pending, 0);
    });

    scenario('forgets reservations whose lease has run out', async ({ repository }) => {
      const bucket = uniqueName();
      await race(5, () => outcome(repository, bucket, NOW));
      assert.equal(await outcome(repository, bucket, NOW + RULES.lease - 1), 'pending');
      assert.equal(await outcome(repository, bucket, NOW + RULES.lease), 'granted');
      assert.equal((await repository.find(bucket))?.pending, 1);
    });

    scenario('forgets everything when cleared, and counts late failures anew', async ({ repository }) => {
      const bucket = uniqueName();
      await failTimes(repository, bucket, [NOW, NOW, NOW, NOW, NOW]);
      await repository.clear(bucket);
      assert.equal(await repository.find(bucket), null);
      assert.deepEqual(await repository.fail(bucket, RULES, NOW), { consecutive: 1, blockedUntil: null, reachedHardStop: false });
    });

    scenario('serves 33 parallel right attempts that wait for one another', async ({ repository }) => {
      const bucket = uniqueName();
      await race(33, async () => {
        for (;;) {
          const result = await outcome(repository, bucket, NOW);
          assert.notEqual(result, 'blocked');
          assert.notEqual(result, 'stopped');
          if (result === 'granted') break;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        await repository.clear(bucket);
      });
    });

    scenario('keeps buckets apart by every byte', async ({ repository }) => {
      const bucket = uniqueName('Bucket-é');
      await failTimes(repository, bucket, [NOW, NOW, NOW, NOW, NOW]);
      for (const twin of [bucket.toLowerCase(), bucket.replace('é', 'e'), `${bucket}_`]) {
        assert.equal(await outcome(repository, twin, NOW), 'granted');
      }
    });

    scenario('removes idle buckets in batches, but none that is stopped or in use', async ({ repository }) => {
      const [idle, stopped, fresh] = [uniqueName(), uniqueName(), uniqueName()];
      const old = 1_000_000;
      await repository.fail(idle, RULES, old);
      await repository.fail(stopped, { ...RULES, hardStop: 1 }, old);
      await repository.fail(stopped, { ...RULES, hardStop: 1 }, old);
      await repository.fail(fresh, RULES, NOW);
      const rules = { ...RULES, hardStop: 2 };
      while ((await repository.deleteIdle(old + 1, rules, 1)) > 0);
      assert.equal(await repository.find(idle), null);
      assert.ok(await repository.find(stopped));
      assert.ok(await repository.find(fresh));
    });
  });
}

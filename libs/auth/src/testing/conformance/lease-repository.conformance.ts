import assert from 'node:assert/strict';
import type { LeaseRepository } from '../../core/ports/lease.repository.js';
import {
  assertOneWinner,
  type ConformanceHarness,
  type CreateHarness,
  describeConformance,
  pause,
  race,
  RACES,
  uniqueName,
} from './conformance-suite.js';

export interface LeaseRepositoryHarness extends ConformanceHarness {
  repository: LeaseRepository;
}

/** Longer than any case of this suite takes. */
const LONG = 60_000;

/** What every `LeaseRepository` must do. */
export function describeLeaseRepository(create: CreateHarness<LeaseRepository | LeaseRepositoryHarness>): void {
  const createHarness = async (): Promise<LeaseRepositoryHarness> => {
    const created = await create();
    return 'repository' in created ? created : { repository: created };
  };

  describeConformance('LeaseRepository', createHarness, (scenario) => {
    scenario('gives a lease to one holder, who may prolong it', async ({ repository }) => {
      const name = uniqueName();
      assert.equal(await repository.take(name, 'a', LONG), true);
      assert.equal(await repository.take(name, 'b', LONG), false);
      assert.equal(await repository.take(name, 'a', LONG), true);
      assert.equal(await repository.take(uniqueName(), 'b', LONG), true);
    });

    scenario('gives it to the next one once it is released, and to nobody else', async ({ repository }) => {
      const name = uniqueName();
      await repository.take(name, 'a', LONG);
      await repository.release(name, 'b');
      await repository.release(uniqueName(), 'b');
      assert.equal(await repository.take(name, 'b', LONG), false);
      await repository.release(name, 'a');
      assert.equal(await repository.take(name, 'b', LONG), true);
      assert.equal(await repository.take(name, 'a', LONG), false);
    });

    scenario('ends by itself when the holder is heard of no more', async ({ repository }) => {
      const name = uniqueName();
      await repository.take(name, 'dead', 300);
      assert.equal(await repository.take(name, 'b', LONG), false);
      await pause(400);
      assert.equal(await repository.take(name, 'b', LONG), true);
      assert.equal(await repository.take(name, 'dead', LONG), false);
    });

    for (const ways of RACES) {
      scenario(`goes to one of ${ways} that want it at once, also when it has just ended`, async ({ repository }) => {
        const name = uniqueName();
        assertOneWinner(await race(ways, (index) => repository.take(name, `first-${index}`, LONG)));
        const ended = uniqueName();
        await repository.take(ended, 'dead', 1);
        await pause(20);
        assertOneWinner(await race(ways, (index) => repository.take(ended, `second-${index}`, LONG)));
      });
    }
  });
}

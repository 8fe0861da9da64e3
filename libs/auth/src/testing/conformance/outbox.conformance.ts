import assert from 'node:assert/strict';
import type { NewOutboxMessage, Outbox, OutboxMessage } from '../../core/ports/outbox.js';
import type { UnitOfWork } from '../../core/ports/unit-of-work.js';
import {
  assertOneWinner,
  type ConformanceHarness,
  type CreateHarness,
  describeConformance,
  MISSING_VALUES,
  race,
  RACES,
  uniqueName,
  UNSTORABLE_VALUES,
} from './conformance-suite.js';

export interface OutboxHarness extends ConformanceHarness {
  outbox: Outbox;
  /** Of the same store. */
  units: UnitOfWork;
}

const NOW = 1_780_000_000_000;
const LEASE = 60_000;

/** What every `Outbox` must do. Each case has kinds of its own, so that all may run on one store. */
export function describeOutbox(create: CreateHarness<OutboxHarness>): void {
  describeConformance('Outbox', create, (scenario) => {
    const newMessage = (kind: string, changes: Partial<NewOutboxMessage> = {}): NewOutboxMessage => ({
      id: uniqueName('m'),
      kind,
      dedupKey: null,
      payload: `sealed.${uniqueName()}`,
      createdAt: NOW,
      availableAt: NOW,
      ...changes,
    });
    const given = async (outbox: Outbox, kind: string, changes: Partial<NewOutboxMessage> = {}): Promise<NewOutboxMessage> => {
      const message = newMessage(kind, changes);
      assert.equal(await outbox.enqueue(message), true);
      return message;
    };
    const claim = (outbox: Outbox, kind: string, worker: string, now = NOW, limit = 100): Promise<OutboxMessage[]> =>
      outbox.claim({ worker, kinds: [kind], now, until: now + LEASE, limit });
    const idsOf = (messages: readonly { id: string }[]): string[] => messages.map(({ id }) => id).toSorted();

    scenario('gives a message as it was written, and counts the attempt', async ({ outbox }) => {
      const kind = uniqueName('k');
      const { availableAt: _, ...message } = await given(outbox, kind, {
        dedupKey: uniqueName('d'),
        payload: `é例.${'x'.repeat(60_000)}`,
      });
      assert.deepEqual(await claim(outbox, kind, 'w1'), [{ ...message, attempts: 1 }]);
    });

    scenario('gives what is due, longest first, and no more than asked for', async ({ outbox }) => {
      const kind = uniqueName('k');
      const late = await given(outbox, kind, { availableAt: NOW + 1 });
      const second = await given(outbox, kind, { availableAt: NOW - 1 });
      const first = await given(outbox, kind, { availableAt: NOW - 2 });
      assert.deepEqual(idsOf(await claim(outbox, kind, 'w1', NOW, 1)), [first.id]);
      assert.deepEqual(idsOf(await claim(outbox, kind, 'w1')), [second.id]);
      assert.deepEqual(await claim(outbox, kind, 'w1'), []);
      assert.deepEqual(idsOf(await claim(outbox, kind, 'w1', NOW + 1)), [late.id]);
    });

    scenario('gives only the kinds asked for', async ({ outbox }) => {
      const [known, foreign, other] = [uniqueName('k'), uniqueName('k'), uniqueName('k')];
      await given(outbox, foreign);
      const mine = [await given(outbox, known), await given(outbox, other)];
      const claimed = await outbox.claim({ worker: 'w1', kinds: [known, other], now: NOW, until: NOW + LEASE, limit: 100 });
      assert.deepEqual(idsOf(claimed), idsOf(mine));
    });

    scenario('is given to another worker only once the claim is over, and then the first has lost it', async ({ outbox }) => {
      const kind = uniqueName('k');
      const { id } = await given(outbox, kind);
      await claim(outbox, kind, 'w1');
      assert.deepEqual(await claim(outbox, kind, 'w2', NOW + LEASE - 1), []);
      const [again] = await claim(outbox, kind, 'w2', NOW + LEASE);
      assert.equal(again?.attempts, 2);
      assert.equal(await outbox.rewrite(id, 'w1', 'late'), false);
      assert.equal(await outbox.retry(id, 'w1', NOW), false);
      assert.equal(await outbox.finish(id, 'w1', 'sent', NOW), false);
      assert.equal(await outbox.finish(id, 'w2', 'sent', NOW), true);
      assert.equal(await outbox.finish(id, 'w2', 'sent', NOW), false);
    });

    scenario('gives a rewritten payload on the next attempt', async ({ outbox }) => {
      const kind = uniqueName('k');
      const { id } = await given(outbox, kind);
      await claim(outbox, kind, 'w1');
      assert.equal(await outbox.rewrite(id, 'w1', 'composed'), true);
      assert.equal(await outbox.retry(id, 'w1', NOW + 10), true);
      assert.deepEqual(await claim(outbox, kind, 'w1', NOW + 9), []);
      const [again] = await claim(outbox, kind, 'w2', NOW + 10);
      assert.deepEqual([again?.payload, again?.attempts], ['composed', 2]);
    });

    for (const outcome of ['sent', 'discarded', 'dead'] as const) {
      scenario(`gives no message again that is ${outcome}`, async ({ outbox }) => {
        const kind = uniqueName('k');
        const { id } = await given(outbox, kind);
        await claim(outbox, kind, 'w1');
        assert.equal(await outbox.finish(id, 'w1', outcome, NOW), true);
        assert.deepEqual(await claim(outbox, kind, 'w1', NOW + 10 * LEASE), []);
        assert.equal(await outbox.retry(id, 'w1', NOW), false);
      });
    }

    scenario('keeps the first of messages with one key, finished or not', async ({ outbox }) => {
      const [kind, dedupKey] = [uniqueName('k'), uniqueName('Dé')];
      const first = await given(outbox, kind, { dedupKey });
      assert.equal(await outbox.enqueue(newMessage(kind, { dedupKey })), false);
      await given(outbox, kind, { dedupKey: dedupKey.replace('é', 'e') });
      await given(outbox, kind, { dedupKey: dedupKey.toLowerCase() });
      await given(outbox, kind);
      await given(outbox, kind);
      const claimed = await claim(outbox, kind, 'w1');
      assert.equal(claimed.length, 5);
      await outbox.finish(first.id, 'w1', 'sent', NOW);
      assert.equal(await outbox.enqueue(newMessage(kind, { dedupKey })), false);
    });

    for (const ways of RACES) {
      scenario(`keeps one of ${ways} parallel messages with one key`, async ({ outbox }) => {
        const [kind, dedupKey] = [uniqueName('k'), uniqueName('d')];
        assertOneWinner(await race(ways, () => outbox.enqueue(newMessage(kind, { dedupKey }))));
        assert.equal((await claim(outbox, kind, 'w1')).length, 1);
      });
    }

    scenario('keeps nothing of a unit that is rolled back', async ({ outbox, units }) => {
      const [kind, dedupKey] = [uniqueName('k'), uniqueName('d')];
      const run = units.run(async () => {
        assert.equal(await outbox.enqueue(newMessage(kind, { dedupKey })), true);
        throw new Error('rolled back');
      });
      await assert.rejects(run, /rolled back/);
      assert.deepEqual(await claim(outbox, kind, 'w1'), []);
      assert.equal(await outbox.enqueue(newMessage(kind, { dedupKey })), true);
    });

    scenario('keeps the old payload when the unit that rewrites it is rolled back', async ({ outbox, units }) => {
      const kind = uniqueName('k');
      const { id, payload } = await given(outbox, kind);
      await claim(outbox, kind, 'w1');
      const run = units.run(async () => {
        await outbox.rewrite(id, 'w1', 'composed');
        throw new Error('rolled back');
      });
      await assert.rejects(run, /rolled back/);
      assert.equal((await claim(outbox, kind, 'w2', NOW + LEASE))[0]?.payload, payload);
    });

    scenario('gives each of 300 messages to one of parallel workers', async ({ outbox }) => {
      const kind = uniqueName('k');
      const given300: string[] = [];
      for (let batch = 0; batch < 10; batch += 1) {
        const written = await race(30, () => given(outbox, kind));
        given300.push(...written.map(({ id }) => id));
      }
      const claimed: string[] = [];
      await race(4, async (index) => {
        for (let empty = 0; empty < 3;) {
          const batch = await claim(outbox, kind, `w${index}`, NOW, 7);
          empty = batch.length === 0 ? empty + 1 : 0;
          claimed.push(...batch.map(({ id }) => id));
        }
      });
      assert.deepEqual(claimed.toSorted(), given300.toSorted());
    });

    scenario('lets one of parallel calls finish a message', async ({ outbox }) => {
      const kind = uniqueName('k');
      const { id } = await given(outbox, kind);
      await claim(outbox, kind, 'w1');
      assertOneWinner(await race(10, () => outbox.finish(id, 'w1', 'sent', NOW)));
    });

    scenario('tells what is waiting', async ({ outbox }) => {
      const kind = uniqueName('k');
      const before = await outbox.backlog();
      const [one, two] = [await given(outbox, kind, { createdAt: 5 }), await given(outbox, kind)];
      assert.deepEqual(await outbox.backlog(), { pending: before.pending + 2, dead: before.dead, oldestCreatedAt: 5 });
      await claim(outbox, kind, 'w1');
      await outbox.finish(one.id, 'w1', 'dead', NOW);
      await outbox.finish(two.id, 'w1', 'sent', NOW);
      const after = await outbox.backlog();
      assert.deepEqual([after.pending, after.dead], [before.pending, before.dead + 1]);
    });

    scenario('removes old finished messages in batches, never a pending one', async ({ outbox }) => {
      const kind = uniqueName('k');
      const written = [await given(outbox, kind), await given(outbox, kind), await given(outbox, kind)];
      await claim(outbox, kind, 'w1');
      await outbox.finish(written[0]!.id, 'w1', 'sent', 1_000);
      await outbox.finish(written[1]!.id, 'w1', 'dead', 1_000);
      const counts: number[] = [];
      do counts.push(await outbox.deleteFinished(2_000, 1));
      while (counts.at(-1)! > 0);
      assert.ok(counts.length >= 3 && counts.every((count) => count <= 1));
      assert.deepEqual(idsOf(await claim(outbox, kind, 'w1', NOW + LEASE)), [written[2]!.id]);
    });

    scenario('changes nothing for missing and unstorable values', async ({ outbox }) => {
      const kind = uniqueName('k');
      const { id } = await given(outbox, kind);
      await claim(outbox, kind, 'w1');
      for (const value of [...MISSING_VALUES, ...UNSTORABLE_VALUES, 'x'.repeat(10_000)]) {
        assert.equal(await outbox.finish(value, 'w1', 'sent', NOW), false);
        assert.equal(await outbox.finish(id, value, 'sent', NOW), false);
        assert.equal(await outbox.retry(id, value, NOW), false);
      }
      assert.equal(await outbox.finish(id, 'w1', 'sent', NOW), true);
    });
  });
}

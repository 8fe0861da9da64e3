import assert from 'node:assert/strict';
import type { AuditEntry, AuditLog } from '../../core/ports/audit-log.js';
import { type ConformanceHarness, type CreateHarness, describeConformance, uniqueName } from './conformance-suite.js';

export interface AuditLogHarness extends ConformanceHarness {
  repository: AuditLog;
}

const NOW = 1_780_000_000_000;

const newEntry = (changes: Partial<AuditEntry> = {}): AuditEntry => ({
  event: 'session.created',
  at: NOW,
  userId: null,
  sessionId: null,
  ip: null,
  userAgent: null,
  requestId: null,
  data: {},
  ...changes,
});

/** What every `AuditLog` must do. */
export function describeAuditLog(create: CreateHarness<AuditLog | AuditLogHarness>): void {
  const createHarness = async (): Promise<AuditLogHarness> => {
    const created = await create();
    return 'repository' in created ? created : { repository: created };
  };

  describeConformance('AuditLog', createHarness, (scenario) => {
    scenario('returns entries as they were appended, newest first', async ({ repository }) => {
      const userId = uniqueName('u');
      const entries = [
        newEntry({ userId, sessionId: 's', ip: '::1', userAgent: 'Ünï😀', requestId: 'r', data: { reason: 'x', list: [1, null] } }),
        newEntry({ userId, event: 'user.signedUp' }),
        newEntry({ userId, at: NOW + 1 }),
      ];
      await repository.append(entries.slice(0, 2));
      await repository.append(entries.slice(2));
      const found = await repository.find({ userId, limit: 10 });
      assert.deepEqual(
        found.map(({ id: _, ...entry }) => entry),
        entries.toReversed(),
      );
      assert.equal(new Set(found.map(({ id }) => id)).size, 3);
    });

    scenario('filters by user and event', async ({ repository }) => {
      const [userId, event] = [uniqueName('u'), uniqueName('e')];
      await repository.append([newEntry({ userId, event }), newEntry({ userId }), newEntry({ event })]);
      assert.equal((await repository.find({ userId, limit: 10 })).length, 2);
      assert.equal((await repository.find({ event, limit: 10 })).length, 2);
      assert.equal((await repository.find({ userId, event, limit: 10 })).length, 1);
      assert.equal((await repository.find({ userId: userId.toUpperCase(), limit: 10 })).length, 0);
    });

    scenario('filters by time: from it on, and before it', async ({ repository }) => {
      const userId = uniqueName('u');
      const times = [NOW - 1, NOW, NOW + 1, NOW + 1_000];
      await repository.append(times.map((at) => newEntry({ userId, at })));
      const found = async (query: { from?: number; to?: number }): Promise<number[]> =>
        (await repository.find({ userId, limit: 10, ...query })).map(({ at }) => at);
      assert.deepEqual(await found({ from: NOW }), [NOW + 1_000, NOW + 1, NOW]);
      assert.deepEqual(await found({ to: NOW + 1 }), [NOW, NOW - 1]);
      assert.deepEqual(await found({ from: NOW, to: NOW + 1 }), [NOW]);
      assert.deepEqual(await found({ from: NOW + 1, to: NOW }), []);
      assert.deepEqual(await found({ from: -1, to: Number.MAX_SAFE_INTEGER }), times.toReversed());
    });

    scenario('removes what is older than a time, in batches, and nothing else', async ({ repository }) => {
      const userId = uniqueName('u');
      // Long before whatever else stands in the log.
      const old = Array.from({ length: 5 }, (_, index) => newEntry({ userId, at: 1_000 + index }));
      await repository.append([...old, newEntry({ userId, at: 2_000 })]);
      assert.equal(await repository.deleteOlder(2_000, 3), 3);
      assert.equal(await repository.deleteOlder(2_000, 3), 2);
      assert.equal(await repository.deleteOlder(2_000, 3), 0);
      assert.deepEqual(
        (await repository.find({ userId, limit: 10 })).map(({ at }) => at),
        [2_000],
      );
    });

    scenario('pages backwards without gap or repetition', async ({ repository }) => {
      const userId = uniqueName('u');
      await repository.append(Array.from({ length: 7 }, (_, index) => newEntry({ userId, data: { index } })));
      const seen: unknown[] = [];
      for (let before: string | undefined; ;) {
        const page = await repository.find({ userId, limit: 3, ...(before === undefined ? {} : { before }) });
        if (page.length === 0) break;
        seen.push(...page.map(({ data }) => data['index']));
        before = page.at(-1)!.id;
      }
      assert.deepEqual(seen, [6, 5, 4, 3, 2, 1, 0]);
    });

    scenario('cuts and cleans what a client says instead of failing', async ({ repository }) => {
      const userId = uniqueName('u');
      const hostile = `a\0b\ud800${'x'.repeat(10_000)}`;
      await repository.append([newEntry({ userId, userAgent: hostile, requestId: hostile, ip: hostile, data: { hostile } })]);
      assert.equal((await repository.find({ userId, limit: 1 })).length, 1);
      await repository.append([]);
    });
  });
}

import assert from 'node:assert/strict';
import type { RevocationLog } from '../../core/ports/revocation-log.js';
import { type ConformanceHarness, type CreateHarness, describeConformance, pause, uniqueName } from './conformance-suite.js';

export interface RevocationLogHarness extends ConformanceHarness {
  repository: RevocationLog;
}

/** Longer than any case of this suite takes. */
const WINDOW = 60_000;

/** What every `RevocationLog` must do. */
export function describeRevocationLog(create: CreateHarness<RevocationLog | RevocationLogHarness>): void {
  const createHarness = async (): Promise<RevocationLogHarness> => {
    const created = await create();
    return 'repository' in created ? created : { repository: created };
  };

  describeConformance('RevocationLog', createHarness, (scenario) => {
    const subjectsIn = async (repository: RevocationLog, windowMs: number): Promise<string[]> =>
      (await repository.recent(windowMs)).map(({ subject }) => subject);

    scenario('returns what was appended inside the window, again and again', async ({ repository }) => {
      const subject = uniqueName('x');
      await repository.append([
        { kind: 'session', subject },
        { kind: 'user', subject },
        { kind: 'roles', subject },
      ]);
      const rows = (await repository.recent(WINDOW)).filter((row) => row.subject === subject);
      assert.deepEqual(rows.map(({ kind }) => kind).toSorted(), ['roles', 'session', 'user']);
      assert.equal(new Set(rows.map(({ id }) => id)).size, 3);
      const again = (await repository.recent(WINDOW)).filter((row) => row.subject === subject);
      assert.deepEqual(again.map(({ id }) => id).toSorted(), rows.map(({ id }) => id).toSorted());
      await repository.append([]);
    });

    scenario('leaves out what is older than the window', async ({ repository }) => {
      const [older, newer] = [uniqueName('x'), uniqueName('x')];
      await repository.append([{ kind: 'user', subject: older }]);
      await pause(1_300);
      await repository.append([{ kind: 'user', subject: newer }]);
      const recent = await subjectsIn(repository, 1_000);
      assert.ok(recent.includes(newer));
      assert.ok(!recent.includes(older));
      assert.ok((await subjectsIn(repository, WINDOW)).includes(older));
    });

    scenario('removes old rows in batches and keeps young ones', async ({ repository }) => {
      const [older, newer] = [uniqueName('x'), uniqueName('x')];
      await repository.append([
        { kind: 'user', subject: older },
        { kind: 'user', subject: older },
      ]);
      await pause(1_300);
      await repository.append([{ kind: 'user', subject: newer }]);
      const counts: number[] = [];
      do counts.push(await repository.deleteOlder(1_000, 1));
      while (counts.at(-1)! > 0);
      assert.ok(counts.length >= 3 && counts.every((count) => count <= 1));
      const left = await subjectsIn(repository, WINDOW);
      assert.ok(left.includes(newer));
      assert.ok(!left.includes(older));
    });
  });
}

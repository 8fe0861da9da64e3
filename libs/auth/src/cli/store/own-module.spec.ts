import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { MigrationPlan } from '../../adapters/typeorm/migrations/migration-plan.js';
import { Outbox } from '../../core/ports/outbox.js';
import { OutboxDispatcher } from '../../core/mail/outbox-dispatcher.js';
import { UNLOCK } from '../../features/lockout/unlock.mail.js';
import { openStore } from './open-store.js';

const directory = mkdtempSync(join(tmpdir(), 'latchkey-store-'));
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(() => vi.useRealTimers());

const nothing = (): void => undefined;

async function migrated(name: string): Promise<string> {
  const file = join(directory, name);
  writeFileSync(file, '');
  const plan = await MigrationPlan.at({ type: 'sqlite', file });
  await plan.run();
  await plan.close();
  return `sqlite:${file}`;
}

describe('a command on a database without its application', () => {
  it('leaves the mail of the application in its outbox, however long it takes', async () => {
    const env = { DATABASE_URL: await migrated('outbox.sqlite') };
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const store = await openStore({ out: nothing, err: nothing, env, cwd: directory }, undefined);
    try {
      const outbox = store.get(Outbox);
      const message = { id: 'a'.repeat(22), kind: UNLOCK, dedupKey: null, payload: 'sealed by the application' };
      await outbox.enqueue({ ...message, createdAt: 1, availableAt: 1 });
      vi.advanceTimersByTime(60_000);
      await store.get(OutboxDispatcher).beforeApplicationShutdown();

      expect(await outbox.backlog()).toMatchObject({ pending: 1, dead: 0 });
    } finally {
      await store.close();
    }
  });
});

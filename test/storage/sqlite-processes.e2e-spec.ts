import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStorage, type StorageHarness } from './storage-harness.js';

const newUser = (email: string) => ({ email, passwordHash: null, emailConfirmedAt: null, createdAt: new Date(), profile: {} });

/** Another process on the same file: holds the write lock `times` times for `holdMs` each. */
function otherProcess(file: string, times: number, holdMs: number): ChildProcess {
  const script = `
    import libsql from 'libsql';
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const db = new libsql(${JSON.stringify(file)}, { timeout: 1000 });
    db.exec('PRAGMA busy_timeout = 5000');
    for (let i = 0; i < ${times}; i += 1) {
      db.exec('BEGIN IMMEDIATE');
      if (i === 0) process.stdout.write('holding');
      db.prepare('INSERT INTO auth_role (name, permissions) VALUES (?, ?)').run('other-' + ${holdMs} + '-' + i, '[]');
      await sleep(${holdMs});
      db.exec('COMMIT');
      await sleep(1);
    }`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

describe('a SQLite file that two processes write', () => {
  let storage: StorageHarness;
  let file: string;
  beforeAll(async () => {
    storage = await openStorage('sqlite');
    file = storage.dataSource!.options.database as string;
  });
  afterAll(() => storage.close());

  it('is in write-ahead mode, with a busy timeout that leaves time to answer', async () => {
    const { dataSource } = storage;
    expect(await dataSource!.query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(await dataSource!.query('PRAGMA busy_timeout')).toEqual([{ timeout: 100 }]);
  });

  it('takes every unit and statement of both', async () => {
    const child = otherProcess(file, 60, 10);
    const ended = once(child, 'exit');
    await once(child.stdout!, 'data');
    const { units, users, roles } = storage;
    await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        await pause(i * 10);
        await units.run(async () => {
          const email = `unit-${i}@example.com`;
          expect(await users.findByEmail(email)).toBeNull();
          await pause(2);
          await users.insert(newUser(email));
        });
        await users.insert(newUser(`statement-${i}@example.com`));
      }),
    );
    expect((await ended)[0]).toBe(0);
    expect((await roles.list()).filter(({ name }) => name.startsWith('other-10-'))).toHaveLength(60);
    for (let i = 0; i < 60; i += 1) expect(await users.findByEmail(`unit-${i}@example.com`)).not.toBeNull();
  });

  it('is answered for within 2 s while the other one keeps the lock, and works again afterwards', async () => {
    const child = otherProcess(file, 1, 3_000);
    const ended = once(child, 'exit');
    await once(child.stdout!, 'data');
    const { units, users, roles } = storage;
    const start = performance.now();
    const results = await Promise.allSettled([
      units.run(() => users.insert(newUser('late-unit@example.com'))),
      users.insert(newUser('late-statement@example.com')),
      users.findByEmail('unit-0@example.com'),
    ]);
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(results.slice(0, 2)).toEqual(
      Array(2).fill({ status: 'rejected', reason: expect.objectContaining({ errorCode: 'auth.store_unavailable' }) as Error }),
    );
    await ended;
    // Not only does nothing of ours linger: reads see what the other process has committed meanwhile.
    expect(await roles.exists('other-3000-0')).toBe(true);
    expect(await users.findByEmail('late-unit@example.com')).toBeNull();
    await units.run(() => users.insert(newUser('late-unit@example.com')));
    expect(await users.findByEmail('late-unit@example.com')).not.toBeNull();
  });
});

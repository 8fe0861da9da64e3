import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeEachDatabase, type DatabaseKind } from '../support/databases.js';
import { openStorage, type StorageHarness } from './storage-harness.js';

const newUser = (email: string) => ({ email, passwordHash: null, emailConfirmedAt: null, createdAt: new Date(), profile: {} });
const unavailable = expect.objectContaining({ errorCode: 'auth.store_unavailable' }) as Error;

/** What `UnitOfWork.shareDeadline` does in our own adapters. */
const share = (kind: DatabaseKind): void => {
  let storage: StorageHarness;
  beforeAll(async () => {
    storage = await openStorage(kind);
  });
  afterAll(() => storage.close());
  const exists = async (email: string): Promise<boolean> => (await storage.users.findByEmail(email)) !== null;

  it('answers within one deadline, however many units a work has', async () => {
    const { units, users } = storage;
    const start = performance.now();
    const work = units.shareDeadline(async () => {
      for (const name of ['first', 'second', 'third', 'fourth']) {
        await units.run(async () => {
          await users.insert(newUser(`${name}@example.com`));
          await pause(700);
        });
      }
    });
    await expect(work).rejects.toEqual(unavailable);
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(await Promise.all(['first', 'second', 'third'].map((name) => exists(`${name}@example.com`)))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('begins nothing when the time is used up', async () => {
    const { units, users } = storage;
    const [answer, alone, inUnit] = await units.shareDeadline(async () => {
      await units.awaitAnswer(() => pause(1_000));
      return Promise.allSettled([
        units.awaitAnswer(() => pause(1_000)),
        pause(900).then(() => users.insert(newUser('alone@example.com'))),
        pause(900).then(() => units.run(() => users.insert(newUser('unit@example.com')))),
      ]);
    });
    expect([answer, alone, inUnit]).toEqual(Array(3).fill({ status: 'rejected', reason: unavailable }));
    expect([await exists('alone@example.com'), await exists('unit@example.com')]).toEqual([false, false]);
  });

  it('counts neither what a work waits for besides, nor the statements of its units twice', async () => {
    const { units, users } = storage;
    await units.shareDeadline(async () => {
      await pause(1_000);
      await units.run(async () => {
        await units.awaitAnswer(() => pause(900));
        await users.insert(newUser('counted-once@example.com'));
      });
      await pause(200);
      await users.insert(newUser('in-time@example.com'));
    });
    expect([await exists('counted-once@example.com'), await exists('in-time@example.com')]).toEqual([true, true]);
  });

  it('is no concern of what the work leaves behind', async () => {
    const { units, users } = storage;
    let behind: Promise<unknown> = Promise.resolve();
    const work = units.shareDeadline(async () => {
      await units.awaitAnswer(() => pause(1_700));
      behind = pause(200).then(() => users.insert(newUser('behind@example.com')));
    });
    const beside = units.shareDeadline(() => pause(2_000));
    await work;
    await behind;
    await beside;
    expect(await exists('behind@example.com')).toBe(true);
  });
};

describe('a shared deadline in memory', () => share('memory'));
describeEachDatabase('a shared deadline', share);

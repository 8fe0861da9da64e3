import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeEachDatabase, type DatabaseKind } from '../support/databases.js';
import { openStorage, type StorageHarness } from './storage-harness.js';

const NOW = 1_780_000_000_000;
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const RULES = { maxFailures: 5, window: 5 * MINUTE, delays: [MINUTE], hardStop: 100, lease: 30_000 };
/** Rows of one kind; batches of ten do not divide it. */
const ROWS = 25;

/** What housekeeping removes, and what it may not. */
const cleaning = (kind: DatabaseKind): void => {
  let storage: StorageHarness;
  beforeAll(async () => {
    storage = await openStorage(kind);
  });
  afterAll(() => storage.close());

  const failed = async (bucket: string, at: number): Promise<void> => {
    await storage.attempts.reserve(bucket, RULES, at);
    await storage.attempts.fail(bucket, RULES, at);
  };

  it('spares a bucket that is guessed at while it is being removed', async () => {
    const { attempts, units } = storage;
    await failed('back again', NOW - 40 * DAY);
    await failed('forgotten', NOW - 40 * DAY);
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const guess = units.run(async () => {
      await failed('back again', NOW);
      begin();
      await pause(200);
    });
    await begun;
    expect(await attempts.deleteIdle(NOW - 30 * DAY, RULES, 100)).toBe(1);
    await guess;
    expect(await attempts.find('forgotten')).toBeNull();
    expect(await attempts.find('back again')).toMatchObject({ consecutive: 2 });
  });

  it('removes as many as it is told, oldest first, and in the end all that are old', async () => {
    const { attempts } = storage;
    for (let i = 0; i < ROWS; i++) await failed(`b${i}`, NOW - 60 * DAY + i);
    await failed('young', NOW - DAY);
    const clean = () => attempts.deleteIdle(NOW - 30 * DAY, RULES, 10);
    expect(await clean()).toBe(10);
    const left = await Promise.all(Array.from({ length: ROWS }, (_, i) => attempts.find(`b${i}`)));
    expect(left.map((bucket) => bucket === null)).toEqual(Array.from({ length: ROWS }, (_, i) => i < 10));
    expect([await clean(), await clean(), await clean()]).toEqual([10, 5, 0]);
    expect(await attempts.find('young')).not.toBeNull();
  });

  it('shares the work among several that clean at once', async () => {
    const { attempts } = storage;
    for (let i = 0; i < ROWS; i++) await failed(`c${i}`, NOW - 60 * DAY + i);
    const batches = await Promise.all(Array.from({ length: 6 }, () => attempts.deleteIdle(NOW - 30 * DAY, RULES, 10)));
    expect(batches.reduce((sum, rows) => sum + rows, 0)).toBeLessThanOrEqual(ROWS);
    while ((await attempts.deleteIdle(NOW - 30 * DAY, RULES, 10)) > 0);
    expect(await Promise.all(Array.from({ length: ROWS }, (_, i) => attempts.find(`c${i}`)))).toEqual(Array(ROWS).fill(null));
  });
};

describe('cleaning in memory', () => cleaning('memory'));
describeEachDatabase('cleaning', cleaning);

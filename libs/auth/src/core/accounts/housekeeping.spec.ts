import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SettableClock } from '../../testing/settable-clock.js';
import { Housekeeping } from './housekeeping.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BATCH = 200;

describe('housekeeping', () => {
  let clock: SettableClock;
  /** Calls of the ports in their order. */
  let calls: unknown[][];
  let isHeld: boolean;
  let keeper: Housekeeping;

  beforeEach(() => {
    clock = new SettableClock();
    calls = [];
    isHeld = true;
    const called =
      (name: string, result: unknown = 0) =>
      async (...args: unknown[]) => {
        calls.push([name, ...args]);
        return typeof result === 'function' ? (result as () => unknown)() : result;
      };
    const removing = { deleteExpired: called('expired'), deleteOlder: called('older'), deleteFinished: called('finished') };
    const leases = { take: called('take', () => isHeld), release: called('release') };
    const ledger = { forgetIdle: called('idle') };
    keeper = new Housekeeping(
      removing as never,
      removing as never,
      removing as never,
      removing as never,
      ledger as never,
      leases as never,
      clock,
    );
  });

  /** A room with so many rows to be removed. */
  const room = (rows: number) => {
    const batches: number[] = [];
    keeper.register('rows', async (_, limit) => {
      const removed = Math.min(rows, limit);
      rows -= removed;
      batches.push(removed);
      return removed;
    });
    return batches;
  };

  it('asks everybody once, each for what is of no use any more, and gives the lease back', async () => {
    const now = clock.now();
    const report = await keeper.run();

    const [take, ...rest] = calls;
    const [, lease, holder, ms] = take as [string, string, string, number];
    expect([lease, ms]).toEqual(['housekeeping', 60_000]);
    expect(rest).toEqual([
      ['expired', now, BATCH],
      ['expired', now - DAY, BATCH],
      ['older', HOUR, BATCH],
      ['idle', now, BATCH],
      ['finished', now - 7 * DAY, BATCH],
      ['release', lease, holder],
    ]);
    expect([...report.values()]).toEqual([0, 0, 0, 0, 0]);
    expect([...report.keys()]).toEqual(['one-time tokens', 'sessions', 'revocations', 'attempts', 'finished mail']);
  });

  it('goes on until nothing is left, in small batches, and counts them', async () => {
    const batches = room(2 * BATCH + 7);

    expect((await keeper.run()).get('rows')).toBe(2 * BATCH + 7);
    expect(batches).toEqual([BATCH, BATCH, 7]);
  });

  it('looks once more after a full batch', async () => {
    const batches = room(BATCH);
    await keeper.run();

    expect(batches).toEqual([BATCH, 0]);
  });

  it('leaves everything to another process that is at it', async () => {
    isHeld = false;

    expect((await keeper.run()).size).toBe(0);
    expect(calls.map(([name]) => name)).toEqual(['take']);
  });

  it('runs once, however many ask, and again when they ask later', async () => {
    await Promise.all([keeper.run(), keeper.run()]);
    expect(calls.filter(([name]) => name === 'take')).toHaveLength(1);
    await keeper.run();

    expect(calls.filter(([name]) => name === 'take')).toHaveLength(2);
  });

  it('goes on with the next when one cannot be cleaned', async () => {
    keeper.register('broken', () => Promise.reject(new Error('no such table')));
    const batches = room(3);
    const report = await keeper.run();

    expect([report.get('broken'), report.get('rows')]).toEqual([0, 3]);
    expect(batches).toEqual([3]);
    expect(calls.at(-1)?.[0]).toBe('release');
  });

  it('does not fail when the lease cannot be asked for', async () => {
    const broken = { take: () => Promise.reject(new Error('away')) };
    const never = {} as never;
    const alone = new Housekeeping(never, never, never, never, never, broken as never, clock);

    expect((await alone.run()).size).toBe(0);
  });

  it('stops after the batch that is under way when the application is closed, rest or not', async () => {
    const batches = room(10 * BATCH);
    let closing: Promise<void> | undefined;
    keeper.register('closing', async () => {
      closing = keeper.beforeApplicationShutdown();
      return BATCH;
    });
    keeper.register('later', async () => {
      throw new Error('asked');
    });
    const report = await keeper.run();
    await closing;

    expect(batches).toHaveLength(11);
    expect([report.get('closing'), report.get('later')]).toEqual([BATCH, 0]);
    await keeper.beforeApplicationShutdown();
  });

  it('does not rest when the application is closed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const batches = room(10 * BATCH);
      const running = keeper.run();
      await vi.waitFor(() => expect(batches).toHaveLength(1));
      await keeper.beforeApplicationShutdown();
      await running;

      expect(batches).toHaveLength(1);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps its lease while it goes on, and stops when it has lost it', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    try {
      keeper.register('slow', async () => {
        vi.advanceTimersByTime(15_001);
        isHeld = calls.filter(([name]) => name === 'take').length < 2;
        return BATCH;
      });
      const running = keeper.run();
      await vi.runAllTimersAsync();
      const report = await running;

      expect(calls.filter(([name]) => name === 'take')).toHaveLength(3);
      expect(report.get('slow')).toBe(2 * BATCH);
    } finally {
      vi.useRealTimers();
    }
  });
});

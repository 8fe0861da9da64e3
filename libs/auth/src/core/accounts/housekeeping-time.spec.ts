import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SettableClock } from '../../testing/settable-clock.js';
import { BootCheck } from '../ports/boot-check.js';
import { Housekeeping } from './housekeeping.js';

const HOUR = 3_600_000;
const BATCH = 200;

/** Of a process that serves the application, or of one that runs a command. */
class PassedBootCheck extends BootCheck {
  constructor(override readonly isServing: boolean) {
    super();
  }

  async passed(): Promise<void> {}
}

describe('the time of housekeeping', () => {
  /** When the lease was taken, and when it was given back, by the process's clock. */
  let takenAt: number[];
  let releasedAt: number[];
  let isHeld: boolean;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    takenAt = [];
    releasedAt = [];
    isHeld = true;
  });
  afterEach(() => vi.useRealTimers());

  const keeperOf = (boot?: BootCheck) => {
    const nothing = async () => 0;
    const removing = { deleteExpired: nothing, deleteOlder: nothing, deleteFinished: nothing, forgetIdle: nothing } as never;
    const leases = {
      take: async () => {
        takenAt.push(performance.now());
        return isHeld;
      },
      release: async () => void releasedAt.push(performance.now()),
    } as never;
    return new Housekeeping(removing, removing, removing, removing, removing, leases, new SettableClock(), boot);
  };

  /** Batches that take so long each; when each began, from the first one on. */
  const batches = async (keeper: Housekeeping, ...durations: number[]) => {
    const begun: number[] = [];
    keeper.register('rows', async () => {
      begun.push(performance.now());
      const took = durations[begun.length - 1]!;
      vi.advanceTimersByTime(took);
      return begun.length < durations.length ? BATCH : 0;
    });
    const running = keeper.run();
    await vi.runAllTimersAsync();
    await running;
    return begun.map((at) => at - begun[0]!);
  };

  it.each([new PassedBootCheck(true), undefined])('comes once an hour, until the application is closed', async (boot) => {
    const keeper = keeperOf(boot);
    await keeper.onApplicationBootstrap();
    await vi.advanceTimersByTimeAsync(HOUR - 1);
    expect(takenAt).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(takenAt).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(takenAt).toHaveLength(2);
    await keeper.beforeApplicationShutdown();
    await vi.advanceTimersByTimeAsync(HOUR);

    expect(takenAt).toHaveLength(2);
  });

  it('never comes in a process that runs a command', async () => {
    await keeperOf(new PassedBootCheck(false)).onApplicationBootstrap();

    expect(vi.getTimerCount()).toBe(0);
  });

  it('rests four times as long as a batch took, and a little after one that took no time', async () => {
    expect(await batches(keeperOf(), 100, 50, 0, 0)).toEqual([0, 500, 750, 755]);
  });

  it('does not rest after the last batch', async () => {
    await batches(keeperOf(), 100, 1_000);

    expect(releasedAt).toEqual([takenAt[0]! + 1_500]);
  });

  it('prolongs the lease every quarter of a minute, and not more often', async () => {
    const begun = await batches(keeperOf(), 3_000, 3_000, 3_000, 0);
    expect(begun).toEqual([0, 15_000, 30_000, 45_000]);
    const [first] = takenAt as [number];

    expect(takenAt.map((at) => at - first)).toEqual([0, 30_000]);
  });

  it('does not rest after a batch during which the application was closed', async () => {
    const keeper = keeperOf();
    let isDone = false;
    keeper.register('closing', async () => {
      void keeper.beforeApplicationShutdown();
      vi.advanceTimersByTime(1_000);
      return BATCH;
    });
    void keeper.run().then(() => (isDone = true));
    await vi.advanceTimersByTimeAsync(0);

    expect(isDone).toBe(true);
  });

  it('stops as soon as somebody else holds the lease', async () => {
    const keeper = keeperOf();
    keeper.register('slow', async () => {
      isHeld = false;
      vi.advanceTimersByTime(15_001);
      return 0;
    });

    expect(await batches(keeper, 0)).toEqual([]);
  });
});

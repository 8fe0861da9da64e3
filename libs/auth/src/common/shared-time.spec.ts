import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { SharedTime } from './shared-time.js';

describe('SharedTime', () => {
  const timeOf = (ms: number): SharedTime => new SharedTime(ms, () => new Error('late'));
  const told = async (ms: number): Promise<number> => ms;
  const slow =
    (takes: number) =>
    async (ms: number): Promise<number> => {
      await delay(takes);
      return ms;
    };

  it('gives each call the whole time by itself', async () => {
    const time = timeOf(100);
    await time.spend(slow(30));
    expect(await time.spend(told)).toBe(100);
  });

  it('gives the calls of one work the time together', async () => {
    const time = timeOf(100);
    const [first, second] = await time.share(async () => [await time.spend(slow(40)), await time.spend(told)]);
    expect(first).toBe(100);
    expect(second).toBeGreaterThan(0);
    expect(second).toBeLessThanOrEqual(61);
  });

  it('does not count what passes between the calls', async () => {
    const time = timeOf(100);
    const left = await time.share(async () => {
      await delay(50);
      return time.spend(told);
    });
    expect(left).toBe(100);
  });

  it('counts calls side by side once', async () => {
    const time = timeOf(200);
    const left = await time.share(async () => {
      await Promise.all([time.spend(slow(50)), time.spend(slow(50)), time.spend(slow(50))]);
      return time.spend(told);
    });
    expect(left).toBeGreaterThan(80);
    expect(left).toBeLessThanOrEqual(151);
  });

  it('tells a call beside one under way what is left of it', async () => {
    const time = timeOf(100);
    const left = await time.share(async () => {
      const beside = time.spend(slow(60));
      await delay(40);
      const now = await time.spend(told);
      await beside;
      return now;
    });
    expect(left).toBeLessThanOrEqual(61);
  });

  it('counts the time of a call that fails, and begins none when nothing is left', async () => {
    const time = timeOf(20);
    const begun = vi.fn(told);
    const work = time.share(async () => {
      await time
        .spend(async () => {
          await delay(30);
          throw new Error('away');
        })
        .catch(() => undefined);
      return time.spend(begun);
    });
    await expect(work).rejects.toThrow('late');
    expect(begun).not.toHaveBeenCalled();
  });

  it('begins with what is left', async () => {
    const time = timeOf(100);
    expect(await time.share(() => time.spend(told), 70)).toBe(30);
  });

  it('shares the outer time within a work within a work', async () => {
    const time = timeOf(100);
    const left = await time.share(async () => {
      await time.spend(slow(40));
      return time.share(() => time.spend(told));
    });
    expect(left).toBeLessThanOrEqual(61);
  });

  it('rejects as the work does, and keeps nobody to its time afterwards', async () => {
    const time = timeOf(50);
    let outlived!: Promise<number>;
    const failed = time.share(async () => {
      await time.spend(slow(20));
      outlived = delay(30).then(() => time.spend(told));
      throw new Error('refused');
    });
    // Somebody else's work is under way all the while, so that the scope is not let go.
    const other = time.share(() => delay(80));
    await expect(failed).rejects.toThrow('refused');
    expect(await outlived).toBe(50);
    await other;
  });

  it('waits for an answer as long as there is time, and spends it', async () => {
    const time = timeOf(100);
    const start = performance.now();
    await time.share(async () => {
      await expect(time.awaitAnswer(() => delay(60, 'in time'))).resolves.toBe('in time');
      await expect(time.awaitAnswer(() => delay(500))).rejects.toThrow('late');
    });
    expect(performance.now() - start).toBeLessThan(400);
  });

  it('keeps apart works side by side', async () => {
    const time = timeOf(100);
    const work = (takes: number) => time.share(async () => [await time.spend(slow(takes)), await time.spend(told)] as const);
    const [one, other] = await Promise.all([work(60), work(5)]);
    expect(one[1]).toBeLessThanOrEqual(41);
    expect(other[1]).toBeGreaterThan(50);
  });
});

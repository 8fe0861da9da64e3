import { availableParallelism } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OverloadedException } from '../errors/auth.errors.js';
import { defaultHashConcurrency, HashGate } from './hash-gate.js';

/** Work that ends when told to. */
function job() {
  let end!: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const state = { begun: false };
  const work = async (): Promise<void> => {
    state.begun = true;
    await ended;
  };
  return { work, end, state };
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

describe('HashGate', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => vi.useRealTimers());

  it('runs so many at once, lets so many wait in their order, and refuses the rest at once', async () => {
    const gate = new HashGate({ concurrency: 2, queue: 3 });
    const jobs = Array.from({ length: 7 }, job);
    const order: number[] = [];
    const results = jobs.map(({ work }, at) =>
      gate.run(async () => {
        order.push(at);
        await work();
      }),
    );
    await expect(results[5]).rejects.toThrow(OverloadedException);
    await expect(results[6]).rejects.toThrow(OverloadedException);
    expect([gate.inFlight, gate.queued, order]).toEqual([2, 3, [0, 1]]);

    jobs[1]?.end();
    await settle();
    expect([gate.inFlight, gate.queued, order]).toEqual([2, 2, [0, 1, 2]]);
    for (const { end } of jobs) end();
    await Promise.all(results.slice(0, 5));
    expect([gate.inFlight, gate.queued, order]).toEqual([0, 0, [0, 1, 2, 3, 4]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('says beforehand whether it would refuse', async () => {
    const gate = new HashGate({ concurrency: 1, queue: 1 });
    const jobs = [job(), job()];
    gate.assertRoom();
    const results = jobs.map(({ work }) => gate.run(work));
    expect(() => gate.assertRoom()).toThrow(OverloadedException);

    jobs[0]?.end();
    await results[0];
    gate.assertRoom();
    jobs[1]?.end();
    await results[1];
    expect(gate.inFlight).toBe(0);
  });

  it('counts what is on its way to a hash as waiting, and no longer when it has failed', async () => {
    const gate = new HashGate({ concurrency: 1, queue: 1 });
    const ways = [job(), job(), job()];
    const begun = ways.map(({ work }) => gate.approach(work));
    await expect(begun[2]).rejects.toThrow(OverloadedException);
    expect(() => gate.assertRoom()).toThrow(OverloadedException);

    ways[0]?.end();
    await begun[0];
    gate.assertRoom();
    await expect(gate.approach(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    gate.assertRoom();
    ways[1]?.end();
    await begun[1];
  });

  it('frees its slot when the work fails, and passes the failure on', async () => {
    const gate = new HashGate({ concurrency: 1 });
    await expect(gate.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(
      gate.run(() => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
    await expect(gate.run(() => Promise.resolve(7))).resolves.toBe(7);
    expect(gate.inFlight).toBe(0);
  });

  it('gives up who waited too long, without ever beginning the work, and makes room for others', async () => {
    const gate = new HashGate({ concurrency: 1, queue: 1 });
    const [running, late, next] = [job(), job(), job()];
    const first = gate.run(running.work);
    const second = gate.run(late.work);
    second.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(1499);
    expect(gate.queued).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await expect(second).rejects.toThrow(OverloadedException);
    expect(gate.queued).toBe(0);

    const third = gate.run(next.work);
    running.end();
    next.end();
    await Promise.all([first, third]);
    expect([late.state.begun, next.state.begun, gate.inFlight]).toEqual([false, true, 0]);
  });

  it('lets as many wait as can be answered within a second, four for each slot until it knows, and one at least', () => {
    const gate = (ms?: number) => {
      const made = new HashGate({ concurrency: 2 });
      if (ms !== undefined) made.expect(ms);
      return made.capacity;
    };
    expect(gate()).toBe(8);
    expect(gate(160)).toBe(8);
    expect(gate(250)).toBe(4);
    expect(gate(900)).toBe(2);
    expect(gate(100)).toBe(14);
    expect(gate(1)).toBe(1598);
    expect(gate(0)).toBe(2000);
    expect(new HashGate({ concurrency: 2, queue: 0 }).capacity).toBe(0);
  });

  it('admits hundreds of parallel sign-ins when a hash takes a millisecond', async () => {
    const gate = new HashGate({ concurrency: 2 });
    gate.expect(1);
    await Promise.all(Array.from({ length: 500 }, () => gate.run(() => Promise.resolve())));
    expect([gate.inFlight, gate.queued]).toEqual([0, 0]);
  });

  it('tells who listens how long each hash waited and took, also of one that failed, and how many it refused', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    vi.advanceTimersByTime(1_000);
    const gate = new HashGate({ concurrency: 1, queue: 1 });
    const heard: { waited: number; took: number }[] = [];
    const stop = gate.observe((waited, took) => void heard.push({ waited, took }));
    const [first, second] = [job(), job()];
    const runs = [gate.run(first.work), gate.run(second.work)];
    await expect(gate.run(second.work)).rejects.toThrow(OverloadedException);
    expect(() => gate.assertRoom()).toThrow(OverloadedException);
    await vi.advanceTimersByTimeAsync(20);
    first.end();
    await vi.advanceTimersByTimeAsync(5);
    second.end();
    await Promise.all(runs);
    await gate.run(() => Promise.reject(new Error('no'))).catch(() => undefined);
    stop();
    await gate.run(() => Promise.resolve());

    expect(heard).toHaveLength(3);
    expect(heard[0]).toEqual({ waited: 0, took: 20 });
    expect(heard[1]).toEqual({ waited: 20, took: 5 });
    expect(gate.refused).toBe(2);
  });

  it('learns how long a hash takes, the first at once and changes by and by', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const gate = new HashGate({ concurrency: 2 });
    const capacityAfter = async (ms: number) => {
      await gate.run(async () => void vi.advanceTimersByTime(ms));
      return gate.capacity;
    };

    expect(await capacityAfter(250)).toBe(4);
    expect(await capacityAfter(1)).toBe(5);
    expect(await capacityAfter(1)).toBe(5);
    expect(await capacityAfter(1)).toBe(6);
    expect(await capacityAfter(700)).toBe(4);
  });

  it('learns nothing impossible from hashes that take no time', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const gate = new HashGate({ concurrency: 1 });
    await gate.run(() => Promise.resolve());

    expect(gate.capacity).toBe(2000);
  });

  it('uses every core, but leaves a thread of the pool to others', () => {
    const cores = availableParallelism();
    const withThreads = (threads: string | undefined) => {
      vi.stubEnv('UV_THREADPOOL_SIZE', threads);
      return defaultHashConcurrency();
    };

    expect([withThreads('2'), withThreads('1')]).toEqual([1, 1]);
    expect(withThreads('1024')).toBe(cores);
    expect(withThreads(undefined)).toBe(Math.min(cores, 3));
    expect(withThreads('many')).toBe(Math.min(cores, 3));
    vi.unstubAllEnvs();
  });
});

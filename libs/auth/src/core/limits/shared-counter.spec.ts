import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryCacheStore } from '../../adapters/memory-cache/memory-cache.store.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { type CacheCount, CacheUnavailableError } from '../ports/cache-store.js';
import { SharedCounter } from './shared-counter.js';

const KEY = 'auth:test';
const MINUTE = 60_000;

/** Away at times, or broken. */
class UnsteadyCache extends MemoryCacheStore {
  isAway = false;
  isBroken = false;

  override async increment(key: string, ttl: number, by?: number): Promise<CacheCount> {
    if (this.isAway) throw new CacheUnavailableError('increment');
    if (this.isBroken) throw new TypeError('broken');
    return super.increment(key, ttl, by);
  }
}

describe('SharedCounter', () => {
  let clock: SettableClock;
  let cache: UnsteadyCache;
  let counter: SharedCounter;

  beforeEach(() => {
    clock = new SettableClock(1_780_000_000_000);
    cache = new UnsteadyCache({}, clock);
    counter = new SharedCounter(cache, clock, 'Guesses are counted');
  });

  const add = async (by?: number): Promise<number> => (await counter.add(KEY, MINUTE, by)).count;

  it('counts what other processes have counted', async () => {
    await new SharedCounter(cache, clock, 'Guesses are counted').add(KEY, MINUTE);

    expect(await add()).toBe(2);
  });

  it('knows what this process has counted, whether the cache comes or goes', async () => {
    const counts: number[] = [];
    for (let at = 0; at < 6; at++) {
      cache.isAway = at % 2 === 1;
      counts.push(await add());
    }

    expect(counts).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('knows what this process has counted when the cache has been emptied', async () => {
    await add(5);
    await cache.delete(KEY);

    expect(await add()).toBe(6);
  });

  it('says when the larger of both counts starts again', async () => {
    await add(5);
    await cache.delete(KEY);
    clock.advance(20);

    expect(await counter.add(KEY, MINUTE)).toMatchObject({ count: 6, expiresInMs: 40_000 });
  });

  it('says when the count of the cache starts again, where both are the same', async () => {
    await add();
    await cache.delete(KEY);
    clock.advance(20);
    await new SharedCounter(cache, clock, 'Guesses are counted').add(KEY, MINUTE);

    expect(await counter.add(KEY, MINUTE, 0)).toMatchObject({ count: 1, expiresInMs: 60_000 });
  });

  it('says once that the cache is away, each time', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    for (const isAway of [true, true, false, true]) {
      cache.isAway = isAway;
      await add();
    }

    expect(warn.mock.calls).toEqual(Array(2).fill(['Guesses are counted in this process alone: the cache does not answer']));
    warn.mockRestore();
  });

  it('hides no other error', async () => {
    const counted = await counter.add(KEY, MINUTE);
    cache.isBroken = true;

    await expect(add()).rejects.toThrow(TypeError);
    await expect(counter.giveBack(KEY, MINUTE, counted)).rejects.toThrow(TypeError);
  });

  it('gives back here and there', async () => {
    const counted = await counter.add(KEY, MINUTE);
    await counter.giveBack(KEY, MINUTE, counted);
    expect(await add(0)).toBe(0);

    cache.isAway = true;
    expect(await add(0)).toBe(0);
  });

  it('gives back only here what only this process has counted', async () => {
    await new SharedCounter(cache, clock, 'Guesses are counted').add(KEY, MINUTE);
    cache.isAway = true;
    const counted = await counter.add(KEY, MINUTE);
    cache.isAway = false;
    await counter.giveBack(KEY, MINUTE, counted);

    expect(await add(0)).toBe(1);
  });

  it('gives back only here when the cache has gone since', async () => {
    const counted = await counter.add(KEY, MINUTE);
    cache.isAway = true;
    await counter.giveBack(KEY, MINUTE, counted);
    expect(await add(0)).toBe(0);

    cache.isAway = false;
    expect(await add(0)).toBe(1);
  });

  it('gives nothing back to the cache in the last second of the window', async () => {
    const counted = await counter.add(KEY, MINUTE);
    clock.advance(59);
    await counter.giveBack(KEY, MINUTE, counted);

    expect(await add(0)).toBe(1);
  });

  it('gives nothing back when the window is over, so that no count is below zero', async () => {
    const counted = await counter.add(KEY, MINUTE);
    clock.advance(60);
    await counter.giveBack(KEY, MINUTE, counted);

    expect(await add(0)).toBe(0);
    cache.isAway = true;
    expect(await add(0)).toBe(0);
  });
});

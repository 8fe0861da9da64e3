import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryCacheStore } from '../../adapters/memory-cache/memory-cache.store.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { KeyRing } from '../crypto/key-ring.js';
import { TooManyAttemptsException } from '../errors/auth.errors.js';
import type { AuthEvents } from '../events/auth-events.js';
import { NO_CLIENT } from '../events/client-info.js';
import { SharedCounter } from '../limits/shared-counter.js';
import type { ResolvedAuthOptions } from '../options/auth.options.js';
import { type CacheCount, CacheUnavailableError } from '../ports/cache-store.js';
import { SourceFailures } from './source-failures.js';

const LIMIT = 3;
const LATENCY = 100;

/** Shared, some way off, and away at times. */
class DistantCache extends MemoryCacheStore {
  isAway = false;

  override async increment(key: string, ttl: number, by?: number): Promise<CacheCount> {
    if (this.isAway) throw new CacheUnavailableError('increment');
    const { count, expiresInMs } = await super.increment(key, ttl, by);
    return { count, expiresInMs: expiresInMs + LATENCY };
  }
}

describe('SourceFailures', () => {
  let clock: SettableClock;
  let cache: DistantCache;
  let sources: SourceFailures;

  beforeEach(() => {
    clock = new SettableClock(1_780_000_000_000);
    cache = new DistantCache({}, clock);
    const options = { throttle: { failures: { perMinute: LIMIT, perDay: 100 } } } as ResolvedAuthOptions;
    const ring = new KeyRing(['kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only']);
    const events = { record: async () => undefined } as unknown as AuthEvents;
    sources = new SourceFailures(options, new SharedCounter(cache, clock, 'Guesses are counted'), ring, events, clock);
  });

  const reserve = () => sources.reserve({ ...NO_CLIENT, ip: '192.0.2.1' });

  /** Wrong passwords until the source is refused. */
  const guesses = async (): Promise<number> => {
    for (let made = 0; ; made++) {
      try {
        await (await reserve()).fail();
      } catch (error) {
        expect(error).toBeInstanceOf(TooManyAttemptsException);
        return made;
      }
    }
  };

  it('looks at as many wrong passwords of a source as the limit says', async () => {
    expect(await guesses()).toBe(LIMIT);
  });

  it('gives the attempts of right passwords back', async () => {
    for (let right = 0; right < 2 * LIMIT; right++) await (await reserve()).release();

    expect(await guesses()).toBe(LIMIT);
  });

  it('gives nothing back to the cache that was counted while it was away', async () => {
    cache.isAway = true;
    const held = [await reserve(), await reserve()];
    cache.isAway = false;
    for (const attempt of held) await attempt.release();

    expect(await guesses()).toBe(LIMIT);
  });

  it('gives nothing back here that the cache has counted', async () => {
    const held = [await reserve(), await reserve()];
    cache.isAway = true;
    for (const attempt of held) await attempt.release();

    expect(await guesses()).toBe(LIMIT);
  });

  it('gives nothing back when the window has just ended at the cache', async () => {
    const held = [await reserve(), await reserve()];
    clock.advance(60 + LATENCY / 2_000);
    for (const attempt of held) await attempt.release();

    expect(await guesses()).toBe(LIMIT);
  });
});

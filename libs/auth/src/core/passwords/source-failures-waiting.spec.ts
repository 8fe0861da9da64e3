import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryCacheStore } from '../../adapters/memory-cache/memory-cache.store.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { keyedHash } from '../crypto/keyed-hash.js';
import { KeyRing } from '../crypto/key-ring.js';
import { OverloadedException, TooManyAttemptsException } from '../errors/auth.errors.js';
import type { AuthEvent } from '../events/auth-event.js';
import type { AuthEvents } from '../events/auth-events.js';
import { type ClientInfo, NO_CLIENT } from '../events/client-info.js';
import { SharedCounter } from '../limits/shared-counter.js';
import type { ResolvedAuthOptions } from '../options/auth.options.js';
import { type SourceAttempt, SourceFailures } from './source-failures.js';

const PER_MINUTE = 3;
const PER_DAY = 5;
const LIMITS = { failures: { perMinute: PER_MINUTE, perDay: PER_DAY } };
const CLIENT: ClientInfo = { ...NO_CLIENT, ip: '192.0.2.1' };

describe('the attempts of a source', () => {
  let clock: SettableClock;
  let cache: MemoryCacheStore;
  let ring: KeyRing;
  let happened: AuthEvent[];
  let sources: SourceFailures;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    clock = new SettableClock(1_780_000_000_000);
    cache = new MemoryCacheStore({}, clock);
    ring = new KeyRing(['kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only']);
    happened = [];
    sources = limited(LIMITS);
  });
  afterEach(() => vi.useRealTimers());

  const limited = (throttle: object | false) => {
    const events = { record: async (...events: AuthEvent[]) => void happened.push(...events) } as unknown as AuthEvents;
    const counter = new SharedCounter(cache, clock, 'Guesses are counted');
    return new SourceFailures({ throttle } as ResolvedAuthOptions, counter, ring, events, clock);
  };
  const reserve = (client = CLIENT) => sources.reserve(client);
  const fail = async (times: number) => {
    for (let made = 0; made < times; made++) await (await reserve()).fail();
  };
  const refusal = async (): Promise<TooManyAttemptsException> => {
    const refused = await reserve().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TooManyAttemptsException);
    return refused as TooManyAttemptsException;
  };
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  it('are refused for the rest of the minute, and it is written of', async () => {
    await fail(PER_MINUTE);
    clock.advance('20s');
    const refused = await refusal();

    expect(refused.headers).toMatchObject({ 'Retry-After': '40', 'RateLimit-Limit': '3', 'RateLimit-Remaining': '0' });
    expect(happened).toMatchObject([
      { type: 'throttle.limited', at: clock.now(), ip: CLIENT.ip, data: { limit: 'source', retryAfterMs: 40_000 } },
    ]);
    clock.advance('40s');
    await reserve();
  });

  it('are refused for the rest of the day', async () => {
    await fail(PER_MINUTE);
    clock.advance('1h');
    await fail(PER_DAY - PER_MINUTE);
    const refused = await refusal();

    expect(refused.headers).toMatchObject({ 'Retry-After': String(23 * 3_600), 'RateLimit-Limit': '5' });
    clock.advance('23h');
    await reserve();
  });

  it('are those of one source only', async () => {
    await fail(PER_MINUTE);
    await refusal();

    await reserve({ ...CLIENT, ip: '192.0.2.2' });
  });

  it.each([
    ['where nobody knows whence they come', NO_CLIENT, LIMITS],
    ['where limits are switched off', CLIENT, false],
  ] as const)('are not counted %s', async (_, client, throttle) => {
    sources = limited(throttle);
    const increments = vi.spyOn(cache, 'increment');
    for (let made = 0; made < 2 * PER_DAY; made++) await (await reserve(client)).fail();
    await (await reserve(client)).release();

    expect(increments).not.toHaveBeenCalled();
    expect(happened).toEqual([]);
  });

  it('are counted where the versions before and after this one count', async () => {
    await fail(2);
    const hash = keyedHash(ring.current('throttle').key, 'failures', '192.0.2.1');

    for (const count of ['held', 'failed', 'day']) expect(await cache.get(`auth:failures:${count}:${hash}`)).toBe(2);
  });

  describe('while as many as are allowed are being looked at', () => {
    let held: SourceAttempt[];
    let state: { attempt?: SourceAttempt; refusal?: unknown };

    beforeEach(async () => {
      held = [await reserve(), await reserve(), await reserve()];
      state = {};
      reserve().then(
        (attempt) => (state.attempt = attempt),
        (error: unknown) => (state.refusal = error),
      );
      await pass(0);
    });

    it('wait, and go on when one of those was right', async () => {
      await pass(100);
      expect(state).toEqual({});
      await held[0]!.release();
      await pass(50);

      expect(state.attempt).toBeDefined();
    });

    it('are refused when those were all wrong', async () => {
      for (const attempt of held) await attempt.fail();
      await pass(50);

      expect(state.refusal).toBeInstanceOf(TooManyAttemptsException);
    });

    it('are refused after a second in which none was settled, and not before', async () => {
      await pass(999);
      expect(state).toEqual({});
      await pass(1);

      expect(state.refusal).toBeInstanceOf(OverloadedException);
      expect(happened).toEqual([]);
    });
  });
});

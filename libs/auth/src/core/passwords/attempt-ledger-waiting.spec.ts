import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryAttemptRepository } from '../../testing/memory-storage/memory-attempt.repository.js';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { KeyRing } from '../crypto/key-ring.js';
import { OverloadedException, TooManyAttemptsException } from '../errors/auth.errors.js';
import type { AuthEvents } from '../events/auth-events.js';
import { NO_CLIENT } from '../events/client-info.js';
import type { ResolvedAuthOptions } from '../options/auth.options.js';
import { AttemptLedger, type ReservedAttempt } from './attempt-ledger.js';
import { HashGate } from './hash-gate.js';
import type { SourceFailures } from './source-failures.js';

const LOCKOUT = { maxFailures: 3, window: 300_000, delays: [60_000, 120_000], hardStop: 5 };

describe('an attempt at an account whose allowed ones are all being looked at', () => {
  let attempts: MemoryAttemptRepository;
  let ledger: AttemptLedger;
  /** As many as are allowed. */
  let held: [ReservedAttempt, ReservedAttempt, ReservedAttempt];

  beforeEach(async () => {
    // Time stands still: who is not woken waits for ever.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    attempts = new MemoryAttemptRepository(new MemoryDatabase());
    const uncounted = async (): Promise<void> => undefined;
    const sources = { reserve: async () => ({ fail: uncounted, release: uncounted }) } as unknown as SourceFailures;
    const events = { record: uncounted } as unknown as AuthEvents;
    const ring = new KeyRing(['kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only']);
    const gate = new HashGate({ concurrency: 1, queue: 100 });
    const options = { lockout: LOCKOUT } as unknown as ResolvedAuthOptions;
    ledger = new AttemptLedger(options, attempts, ring, sources, gate, events, new SettableClock());
    held = [await reserve(), await reserve(), await reserve()];
  });
  afterEach(() => vi.useRealTimers());

  const reserve = () => ledger.reserve({ email: 'ada@example.com' }, NO_CLIENT);
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  const settled = () => pass(0);

  /** One more attempt, and what has become of it so far. */
  const waiting = () => {
    const state: { attempt?: ReservedAttempt; refusal?: unknown } = {};
    reserve().then(
      (attempt) => (state.attempt = attempt),
      (error: unknown) => (state.refusal = error),
    );
    return state;
  };
  const counting = (method: 'find' | 'reserve') => vi.spyOn(attempts, method);

  it('waits, and goes on as soon as one of them is settled', async () => {
    const one = waiting();
    await settled();
    expect(one).toEqual({});
    await held[0].succeed();
    await settled();

    expect(one.attempt).toBeDefined();
  });

  it('counts as one of them then', async () => {
    const first = waiting();
    await settled();
    await held[0].release();
    await settled();
    expect(first.attempt).toBeDefined();
    const second = waiting();
    await settled();

    expect(second).toEqual({});
  });

  it('is refused when they were all wrong', async () => {
    const one = waiting();
    await settled();
    for (const attempt of held) await attempt.fail();
    await settled();

    expect(one.refusal).toBeInstanceOf(TooManyAttemptsException);
  });

  it('is refused after a second in which none was settled, and not before', async () => {
    const one = waiting();
    await pass(999);
    expect(one).toEqual({});
    await pass(1);

    expect(one.refusal).toBeInstanceOf(OverloadedException);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('looks by itself whether another process has settled one, and writes only when it is worth it', async () => {
    const one = waiting();
    await settled();
    const [looks, reservations] = [counting('find'), counting('reserve')];
    await pass(149);
    expect([looks.mock.calls.length, reservations.mock.calls.length]).toEqual([2, 0]);
    await attempts.release(looks.mock.calls[0]![0]);
    await pass(1);

    expect(one.attempt).toBeDefined();
    expect(reservations).toHaveBeenCalledTimes(1);
  });

  it('is looked at together with all others that wait', async () => {
    const others = [waiting(), waiting(), waiting()];
    await settled();
    const looks = counting('find');
    await held[0].succeed();
    await settled();

    expect(looks).toHaveBeenCalledTimes(1);
    expect(others.every(({ attempt }) => attempt !== undefined)).toBe(true);
  });

  it('is woken also when another one that waits has looked in vain meanwhile', async () => {
    waiting();
    await pass(25);
    const late = waiting();
    await pass(25);
    for (const attempt of held) await attempt.release();
    await settled();

    expect(late.attempt).toBeDefined();
  });

  it('leaves nothing behind in memory', async () => {
    const one = waiting();
    await settled();
    await held[0].succeed();
    await settled();

    expect(one.attempt).toBeDefined();
    expect((ledger as unknown as { waiting: Map<string, unknown> }).waiting.size).toBe(0);
  });
});

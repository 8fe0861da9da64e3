import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryAttemptRepository } from '../../testing/memory-storage/memory-attempt.repository.js';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { SettableClock } from '../../testing/settable-clock.js';
import { keyedHash } from '../crypto/keyed-hash.js';
import { KeyRing } from '../crypto/key-ring.js';
import { OverloadedException, TooManyAttemptsException } from '../errors/auth.errors.js';
import type { AuthEvent } from '../events/auth-event.js';
import type { AuthEvents } from '../events/auth-events.js';
import { NO_CLIENT } from '../events/client-info.js';
import type { ResolvedAuthOptions } from '../options/auth.options.js';
import { AttemptLedger, type Guess } from './attempt-ledger.js';
import { HashGate } from './hash-gate.js';
import type { SourceFailures } from './source-failures.js';

const LOCKOUT = { maxFailures: 3, window: 300_000, delays: [60_000, 120_000], hardStop: 5 };
const ADA: Guess = { email: 'ada@example.com' };
const IN_SESSION: Guess = { ...ADA, sessionId: 's1' };
const CLIENT = { ...NO_CLIENT, ip: '203.0.113.7' };
const MONTH = 30 * 86_400_000;

describe('AttemptLedger', () => {
  let clock: SettableClock;
  let attempts: MemoryAttemptRepository;
  let gate: HashGate;
  let ring: KeyRing;
  let happened: AuthEvent[];
  /** What became of the attempts of sources. */
  let ofSources: string[];
  let ledger: AttemptLedger;
  const ledgerWith = (lockout: typeof LOCKOUT | false) => {
    const settled = (what: string) => async (): Promise<void> => void ofSources.push(what);
    const sources = {
      reserve: async () => ({ fail: settled('failed'), release: settled('released') }),
    } as unknown as SourceFailures;
    const events = { record: async (...events: AuthEvent[]) => void happened.push(...events) } as unknown as AuthEvents;
    return new AttemptLedger({ lockout } as unknown as ResolvedAuthOptions, attempts, ring, sources, gate, events, clock);
  };
  beforeEach(() => {
    clock = new SettableClock(1_800_000_000_000);
    attempts = new MemoryAttemptRepository(new MemoryDatabase());
    gate = new HashGate({ concurrency: 1, queue: 10 });
    ring = new KeyRing(['kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only']);
    happened = [];
    ofSources = [];
    ledger = ledgerWith(LOCKOUT);
  });

  const reserve = (guess: Guess) => ledger.reserve(guess, CLIENT);
  const fail = async (guess: Guess, times = 1) => {
    for (let i = 1; i < times; i++) await (await reserve(guess)).fail();
    return (await reserve(guess)).fail();
  };
  const refusal = async (guess: Guess): Promise<TooManyAttemptsException> => {
    const error = await reserve(guess).catch((refused: unknown) => refused);
    expect(error).toBeInstanceOf(TooManyAttemptsException);
    return error as TooManyAttemptsException;
  };

  it('refuses what no hash could be begun for, before it writes anything', async () => {
    gate = new HashGate({ concurrency: 1, queue: 0 });
    ledger = ledgerWith(LOCKOUT);
    let end = () => {};
    const hash = gate.run(() => new Promise<void>((resolve) => (end = resolve)));

    await expect(reserve(ADA)).rejects.toThrow(OverloadedException);
    expect(await ledger.failuresOf(ADA.email)).toBe(0);
    end();
    await hash;
    await reserve(ADA);
  });

  it('delays an address after its failures, and says for how long', async () => {
    await fail(ADA, 3);
    const refused = await refusal(ADA);

    expect(refused.headers).toMatchObject({ 'Retry-After': '60', 'RateLimit-Limit': '3', 'RateLimit-Remaining': '0' });
    expect(happened).toMatchObject([{ type: 'throttle.limited', ip: CLIENT.ip, data: { limit: 'account', retryAfterMs: 60_000 } }]);
    await reserve({ email: 'eve@example.com' });
    clock.advance('1m');
    await reserve(ADA);
  });

  it('forgets the failures of an address with its first right password', async () => {
    await fail(ADA, 2);
    expect(await ledger.failuresOf(ADA.email)).toBe(2);
    await (await reserve(ADA)).succeed();

    expect(await ledger.failuresOf(ADA.email)).toBe(0);
  });

  it('counts nothing for an attempt that was given up', async () => {
    for (let i = 0; i < 10; i++) await (await reserve(ADA)).release();

    expect(await ledger.failuresOf(ADA.email)).toBe(0);
  });

  it('stops an address for good, until it is cleared, and says so of one failure only', async () => {
    const reached: boolean[] = [];
    for (let i = 0; i < 5; i++) {
      reached.push((await fail(ADA)).reachedHardStop);
      clock.advance('10m');
    }
    clock.advance('29d');

    expect(reached).toEqual([false, false, false, false, true]);
    expect((await refusal(ADA)).headers).toMatchObject({ 'Retry-After': '900' });
    await ledger.clear(ADA.email);
    await reserve(ADA);
  });

  it('counts a failure of an address with its source, and gives the source back whatever else happens', async () => {
    await fail(ADA);
    await (await reserve(ADA)).succeed();
    await (await reserve(ADA)).release();
    expect(ofSources).toEqual(['failed', 'released', 'released']);
    await fail(ADA, 3);
    await refusal(ADA);

    expect(ofSources.slice(3)).toEqual(['failed', 'failed', 'failed', 'released']);
  });

  it('counts a known device by itself, without its source, and never stops the account for it', async () => {
    const device: Guess = { ...ADA, deviceId: 'd1' };
    const reached: boolean[] = [];
    for (let i = 0; i < 5; i++) {
      reached.push((await fail(device)).reachedHardStop);
      clock.advance('10m');
    }

    await refusal(device);
    expect(happened).toMatchObject([{ data: { limit: 'device' } }]);
    expect(reached).toEqual([false, false, false, false, false]);
    expect(ofSources).toEqual([]);
    expect(await ledger.failuresOf(ADA.email)).toBe(0);
    await reserve(ADA);
    await reserve({ ...ADA, deviceId: 'd2' });
  });

  it('counts the failures of a session with its account, and delays it with it', async () => {
    await fail(IN_SESSION, 3);

    expect(await ledger.failuresOf(ADA.email)).toBe(3);
    await refusal(ADA);
    await refusal(IN_SESSION);
    expect(happened.map(({ data }) => (data as { limit: string }).limit)).toEqual(['account', 'account']);
  });

  it('lets the owner go on in a session while strangers have the account delayed', async () => {
    await fail(ADA, 3);
    const { reachedHardStop } = await fail(IN_SESSION, 3);
    await refusal(IN_SESSION);

    expect(reachedHardStop).toBe(false);
    expect(happened).toMatchObject([{ data: { limit: 'session' } }]);
    await reserve({ ...ADA, sessionId: 's2' });
  });

  it('lets a session go on whose own failures are long ago', async () => {
    await fail(IN_SESSION);
    clock.advance('5m');
    await fail(ADA, 3);

    await reserve(IN_SESSION);
  });

  it('forgets with a right password that a session had failures', async () => {
    await fail(IN_SESSION);
    await (await reserve(IN_SESSION)).succeed();
    await fail(ADA, 3);

    await reserve(IN_SESSION);
  });

  it('counts nothing for an attempt that was given up in a session', async () => {
    for (let i = 0; i < 10; i++) await (await reserve(IN_SESSION)).release();

    expect(await ledger.failuresOf(ADA.email)).toBe(0);
  });

  it('counts where the versions before and after this one count, so that an upgrade forgets nothing', async () => {
    await fail(IN_SESSION);
    const { key } = ring.current('attempts');

    for (const [kind, subject] of [
      ['account', ADA.email],
      ['session-shared', 's1'],
    ] as const) {
      expect(await attempts.find(keyedHash(key, kind, subject))).toMatchObject({ consecutive: 1 });
    }
  });

  it('forgets after a month what nobody guesses at any more, and never who is stopped', async () => {
    await fail({ email: 'eve@example.com' });
    for (let i = 0; i < 5; i++) {
      await fail(ADA);
      clock.advance('10m');
    }
    clock.set(clock.now() + MONTH);

    expect(await ledger.forgetIdle(clock.now() - 3_600_000, 10)).toBe(0);
    expect(await ledger.forgetIdle(clock.now(), 10)).toBe(1);
    await refusal(ADA);
  });

  describe('that is switched off', () => {
    beforeEach(async () => {
      await fail(ADA);
      ledger = ledgerWith(false);
    });
    afterEach(() => expect(happened).toEqual([]));

    it('grants everything and counts nothing', async () => {
      for (const guess of [ADA, IN_SESSION, { ...ADA, deviceId: 'd1' }]) {
        expect(await fail(guess, 10)).toEqual({ consecutive: 0, blockedUntil: null, reachedHardStop: false });
        await (await reserve(guess)).succeed();
        await (await reserve(guess)).release();
      }
    });

    it('forgets nothing', async () => expect(await ledger.forgetIdle(clock.now() + 2 * MONTH, 10)).toBe(0));
  });
});

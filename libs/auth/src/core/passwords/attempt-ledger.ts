import { Inject, Injectable } from '@nestjs/common';
import { keyedHash } from '../crypto/keyed-hash.js';
import { KeyRing } from '../crypto/key-ring.js';
import { OverloadedException, TooManyAttemptsException } from '../errors/auth.errors.js';
import { ThrottleLimitedEvent } from '../events/auth.events.js';
import { AuthEvents } from '../events/auth-events.js';
import type { ClientInfo } from '../events/client-info.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { AttemptRepository, type AttemptRules, type AttemptSettlement } from '../ports/attempt.repository.js';
import { Clock } from '../ports/clock.js';
import { HashGate } from './hash-gate.js';

/** An attempt whose process died no longer counts after this long. */
const LEASE = 10_000;
/** How long an attempt waits for others of the same account that are still being hashed. */
const PENDING_WAIT = 1_000;
/** How often a waiting attempt looks whether another process has settled; this one's own settlements wake it at once. */
const PENDING_POLL = 50;
/** `Retry-After` of an account that is stopped until it is unlocked. */
const STOPPED_RETRY = 900_000;

const NOTHING_COUNTED: AttemptSettlement = { consecutive: 0, blockedUntil: null, reachedHardStop: false };

/** One attempt that may be made. Exactly one of its methods is called, once. */
export interface ReservedAttempt {
  /** The guess was wrong. */
  fail(): Promise<AttemptSettlement>;
  /** The guess was right: nothing is remembered. */
  succeed(): Promise<void>;
  /** Neither: the attempt was given up before the password was looked at, or the sign-in goes on elsewhere. */
  release(): Promise<void>;
}

/**
 * The one count of failures, over every route that checks a password. An attempt is reserved before its hash is computed, so that
 * parallel guesses count, and the bucket is a keyed hash of the address, so that addresses without an account have one too.
 */
@Injectable()
export class AttemptLedger {
  private readonly rules: AttemptRules | null;
  private readonly waiting = new Map<string, Set<() => void>>();

  constructor(
    @Inject(AUTH_OPTIONS) options: ResolvedAuthOptions,
    private readonly attempts: AttemptRepository,
    private readonly ring: KeyRing,
    private readonly gate: HashGate,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {
    this.rules = options.lockout === false ? null : { ...options.lockout, lease: LEASE };
  }

  /**
   * @param email folded
   * @throws TooManyAttemptsException during a delay or after the hard stop
   * @throws OverloadedException when attempts before this one are not settled within a second; and when no hash could be begun anyway,
   *   before anything is written: what a flood is refused with must not be paid for by the database
   */
  async reserve(email: string, client: ClientInfo): Promise<ReservedAttempt> {
    this.gate.assertRoom();
    if (this.rules === null) return UNCOUNTED;
    const bucket = this.bucketOf(email);
    const deadline = performance.now() + PENDING_WAIT;
    for (;;) {
      const reservation = await this.attempts.reserve(bucket, this.rules, this.clock.now());
      if (reservation.outcome === 'granted') return this.reserved(bucket, this.rules);
      if (reservation.outcome !== 'pending') {
        const retryAfterMs = reservation.outcome === 'blocked' ? reservation.retryAfterMs : STOPPED_RETRY;
        await this.events.record(new ThrottleLimitedEvent(this.clock.now(), { client }, { limit: 'account', retryAfterMs }));
        throw new TooManyAttemptsException(retryAfterMs, { limit: this.rules.maxFailures, remaining: 0, resetMs: retryAfterMs });
      }
      if (performance.now() >= deadline) throw new OverloadedException();
      await this.settled(bucket);
    }
  }

  /** Forgets every failure of the address, the hard stop included. @param email folded */
  async clear(email: string): Promise<void> {
    const bucket = this.bucketOf(email);
    await this.attempts.clear(bucket);
    this.wake(bucket);
  }

  private bucketOf(email: string): string {
    return keyedHash(this.ring.current('attempts').key, 'account', email);
  }

  private reserved(bucket: string, rules: AttemptRules): ReservedAttempt {
    const settle = async <T>(act: Promise<T>): Promise<T> => {
      try {
        return await act;
      } finally {
        this.wake(bucket);
      }
    };
    return {
      fail: () => settle(this.attempts.fail(bucket, rules, this.clock.now())),
      succeed: () => settle(this.attempts.clear(bucket)),
      release: () => settle(this.attempts.release(bucket)),
    };
  }

  private settled(bucket: string): Promise<void> {
    return new Promise((resolve) => {
      const waiters = this.waiting.get(bucket) ?? new Set();
      this.waiting.set(bucket, waiters);
      const done = (): void => {
        clearTimeout(timer);
        waiters.delete(done);
        if (waiters.size === 0 && this.waiting.get(bucket) === waiters) this.waiting.delete(bucket);
        resolve();
      };
      const timer = setTimeout(done, PENDING_POLL);
      waiters.add(done);
    });
  }

  private wake(bucket: string): void {
    for (const done of [...(this.waiting.get(bucket) ?? [])]) done();
  }
}

const UNCOUNTED: ReservedAttempt = {
  fail: async () => NOTHING_COUNTED,
  succeed: async () => undefined,
  release: async () => undefined,
};

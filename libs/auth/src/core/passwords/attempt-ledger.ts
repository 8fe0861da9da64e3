import { Inject, Injectable } from '@nestjs/common';
import { OutsideContext } from '../../common/outside-context.js';
import { keyedHash } from '../crypto/keyed-hash.js';
import { KeyRing } from '../crypto/key-ring.js';
import { OverloadedException, TooManyAttemptsException } from '../errors/auth.errors.js';
import { ThrottleLimitedEvent } from '../events/auth.events.js';
import { AuthEvents } from '../events/auth-events.js';
import type { ClientInfo } from '../events/client-info.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import {
  AttemptRepository,
  type AttemptReservation,
  type AttemptRules,
  type AttemptSettlement,
} from '../ports/attempt.repository.js';
import { Clock } from '../ports/clock.js';
import { HashGate } from './hash-gate.js';
import { decideReservation, EMPTY_BUCKET } from './attempt-rules.js';
import { type SourceAttempt, SourceFailures } from './source-failures.js';

/** An attempt whose process died no longer counts after this long. */
const LEASE = 10_000;
/** How long an attempt waits for others of the same account that are still being hashed. */
const PENDING_WAIT = 1_000;
/** How often a waiting attempt looks whether another process has settled; this one's own settlements wake it at once. */
const PENDING_POLL = 50;
/** `Retry-After` of an account that is stopped until it is unlocked. */
const STOPPED_RETRY = 900_000;

/** Whoever guesses more slowly than this is not stopped by counting either. */
const KEEP_IDLE = 30 * 86_400_000;

const NOTHING_COUNTED: AttemptSettlement = { consecutive: 0, blockedUntil: null, reachedHardStop: false };

/** Whose password is guessed, and who guesses. */
export interface Guess {
  /** Folded. */
  email: string;
  /** The live session in which it is asked for again. */
  sessionId?: string;
  /** A device that the account knows: it has a count of its own, and none with its source. */
  deviceId?: string;
}

type Bucket = 'account' | 'device' | 'session';

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
  /** A look is for all who wait, not on the time of who begins it. */
  private readonly outside = new OutsideContext();
  private readonly looks = new Map<string, Promise<AttemptReservation>>();

  constructor(
    @Inject(AUTH_OPTIONS) options: ResolvedAuthOptions,
    private readonly attempts: AttemptRepository,
    private readonly ring: KeyRing,
    private readonly sources: SourceFailures,
    private readonly gate: HashGate,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
  ) {
    this.rules = options.lockout === false ? null : { ...options.lockout, lease: LEASE };
  }

  /**
   * @throws TooManyAttemptsException during a delay or after the hard stop
   * @throws OverloadedException when attempts before this one are not settled within a second; and when no hash could be begun anyway,
   *   before anything is written: what a flood is refused with must not be paid for by the database
   */
  async reserve({ email, sessionId, deviceId }: Guess, client: ClientInfo): Promise<ReservedAttempt> {
    this.gate.assertRoom();
    if (deviceId !== undefined) return this.granted('device', deviceId, client);
    if (sessionId !== undefined) return this.reserveInSession(email, sessionId, client);
    const source = await this.sources.reserve(client);
    try {
      return fromSource(await this.granted('account', email, client), source);
    } catch (error) {
      await source.release();
      throw error;
    }
  }

  /** Consecutive failures of the address that were not those of its known devices. @param email folded */
  async failuresOf(email: string): Promise<number> {
    return (await this.attempts.find(this.bucketOf('account', email)))?.consecutive ?? 0;
  }

  /** Forgets every failure of the address, the hard stop included. @param email folded */
  async clear(email: string): Promise<void> {
    const bucket = this.bucketOf('account', email);
    await this.attempts.clear(bucket);
    this.wake(bucket);
  }

  /** Forgets at most `limit` addresses that nobody has guessed at for a month, never a stopped one; returns how many. */
  async forgetIdle(now: number, limit: number): Promise<number> {
    return this.rules === null ? 0 : this.attempts.deleteIdle(now - KEEP_IDLE, this.rules, limit);
  }

  /**
   * A session counts with its account. When the account is delayed by the failures of others, the session has a count of its own: an
   * outsider who guesses cannot keep the owner from what they are doing. A session that took part in the failures is delayed with them.
   */
  private async reserveInSession(email: string, sessionId: string, client: ClientInfo): Promise<ReservedAttempt> {
    const { rules } = this;
    if (rules === null) return UNCOUNTED;
    const shared = this.bucketOf('session-shared', sessionId);
    const account = await this.tryToReserve(this.bucketOf('account', email), rules);
    if (typeof account !== 'number') {
      return {
        fail: async () => {
          await this.attempts.fail(shared, rules, this.clock.now());
          return account.fail();
        },
        succeed: async () => {
          await this.attempts.clear(shared);
          await account.succeed();
        },
        release: () => account.release(),
      };
    }
    const own = await this.attempts.find(shared);
    const newest = own?.recentFailures[0] ?? -Infinity;
    if (newest > this.clock.now() - rules.window) throw await this.refusal('account', account, rules, client);
    return this.granted('session', sessionId, client);
  }

  private async granted(kind: Bucket, subject: string, client: ClientInfo): Promise<ReservedAttempt> {
    if (this.rules === null) return UNCOUNTED;
    const reserved = await this.tryToReserve(this.bucketOf(kind, subject), this.rules);
    if (typeof reserved === 'number') throw await this.refusal(kind, reserved, this.rules, client);
    if (kind === 'account') return reserved;
    // The end of a device or a session is not that of the account.
    return { ...reserved, fail: async () => ({ ...(await reserved.fail()), reachedHardStop: false }) };
  }

  /** The attempt, or for how many milliseconds there is none. */
  private async tryToReserve(bucket: string, rules: AttemptRules): Promise<ReservedAttempt | number> {
    const deadline = performance.now() + PENDING_WAIT;
    let reservation = await this.gate.approach(() => this.attempts.reserve(bucket, rules, this.clock.now()));
    while (reservation.outcome === 'pending') {
      if (performance.now() >= deadline) throw new OverloadedException();
      await this.settled(bucket);
      reservation = await this.look(bucket, rules);
      if (reservation.outcome === 'granted') reservation = await this.attempts.reserve(bucket, rules, this.clock.now());
    }
    if (reservation.outcome === 'granted') return this.reserved(bucket, rules);
    return reservation.outcome === 'blocked' ? reservation.retryAfterMs : STOPPED_RETRY;
  }

  /** Whether it is worth trying again: one statement for all that wait for the same bucket, of which a flood brings hundreds. */
  private look(bucket: string, rules: AttemptRules): Promise<AttemptReservation> {
    const running = this.looks.get(bucket);
    if (running !== undefined) return running;
    const look = this.outside
      .run(() => this.attempts.find(bucket))
      .then((found) => decideReservation(found ?? EMPTY_BUCKET, rules, this.clock.now()))
      .finally(() => this.looks.delete(bucket));
    this.looks.set(bucket, look);
    return look;
  }

  private async refusal(
    limit: Bucket,
    retryAfterMs: number,
    { maxFailures }: AttemptRules,
    client: ClientInfo,
  ): Promise<TooManyAttemptsException> {
    await this.events.record(new ThrottleLimitedEvent(this.clock.now(), { client }, { limit, retryAfterMs }));
    return new TooManyAttemptsException(retryAfterMs, { limit: maxFailures, remaining: 0, resetMs: retryAfterMs });
  }

  private bucketOf(kind: Bucket | 'session-shared', subject: string): string {
    return keyedHash(this.ring.current('attempts').key, kind, subject);
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
        if (waiters.size === 0) this.waiting.delete(bucket);
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

/** The attempt counts in the ledger and with its source. */
function fromSource(attempt: ReservedAttempt, source: SourceAttempt): ReservedAttempt {
  return {
    fail: async () => {
      await source.fail();
      return attempt.fail();
    },
    succeed: async () => {
      await source.release();
      await attempt.succeed();
    },
    release: async () => {
      await source.release();
      await attempt.release();
    },
  };
}

/** How failures of one bucket turn into delays. Times are milliseconds. */
export interface AttemptRules {
  /** This many failures within `window` start the first delay. Contract: 5. */
  maxFailures: number;
  /** Contract: 5 minutes. */
  window: number;
  /** Delay after the first, second, … time the limit is reached; the last one repeats. Contract: 1, 2, 4, 8, 15 minutes. */
  delays: readonly number[];
  /** This many consecutive failures stop the bucket until it is cleared (NIST SP 800-63B: at most 100). */
  hardStop: number;
  /** A reservation that is not settled after this long no longer counts (its process died). */
  lease: number;
}

/** What a bucket of attempts looks like. */
export interface AttemptBucket {
  /** Since the last success or clearing. */
  consecutive: number;
  /** 0 before the first delay; then how many delays were started. */
  level: number;
  /** No attempt before this time. 0 when none is running. */
  blockedUntil: number;
  /** Reserved and not settled. */
  pending: number;
  /** When the newest reservation stops counting. */
  pendingUntil: number;
  /** Times of the newest failures, newest first, at most `maxFailures - 1`. */
  recentFailures: number[];
}

export type AttemptReservation =
  /** One attempt may be made; it must be settled. */
  | { outcome: 'granted' }
  /** Over the limit only because of attempts that are not settled yet. */
  | { outcome: 'pending' }
  /** Refused; not counted. */
  | { outcome: 'blocked'; retryAfterMs: number }
  /** Refused until the bucket is cleared. */
  | { outcome: 'stopped' };

export interface AttemptSettlement {
  consecutive: number;
  /** Set when this failure started a delay. */
  blockedUntil: number | null;
  /** This failure was the one that reached the hard stop. */
  reachedHardStop: boolean;
}

/**
 * The ledger of attempts: table `auth_attempt`, one row per bucket, whether or not an account stands behind it.
 *
 * `reserve` is atomic: with `f` recent failures at limit `n`, at most `n - f` reservations are granted at the same time, however many
 * processes ask. While `level > 0` and no delay is running, exactly one is granted at a time.
 * A granted reservation costs one statement.
 */
export abstract class AttemptRepository {
  abstract reserve(bucket: string, rules: AttemptRules, now: number): Promise<AttemptReservation>;

  /** Turns a reservation into a failure. One statement or a short unit of its own. */
  abstract fail(bucket: string, rules: AttemptRules, now: number): Promise<AttemptSettlement>;

  /** Gives a reservation back without counting it (the attempt never reached the password). One statement. */
  abstract release(bucket: string): Promise<void>;

  /** Success or reset: nothing is remembered, other reservations of the bucket included. One statement. */
  abstract clear(bucket: string): Promise<void>;

  abstract find(bucket: string): Promise<AttemptBucket | null>;

  /**
   * Removes at most `limit` buckets in which nothing was reserved or failed since `before`, never a stopped one (`hardStop` of `rules`);
   * returns how many. Without it every address that was ever guessed at leaves a row.
   */
  abstract deleteIdle(before: number, rules: AttemptRules, limit: number): Promise<number>;
}

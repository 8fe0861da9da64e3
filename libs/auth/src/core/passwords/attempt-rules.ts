import type { AttemptBucket, AttemptReservation, AttemptRules, AttemptSettlement } from '../ports/attempt.repository.js';

/** A bucket that nothing has happened to. */
export const EMPTY_BUCKET: AttemptBucket = {
  consecutive: 0,
  level: 0,
  blockedUntil: 0,
  pending: 0,
  pendingUntil: 0,
  recentFailures: [],
};

/** Reservations that still count: those of dead processes run out with the lease. */
export const livePending = (bucket: AttemptBucket, now: number): number => (bucket.pendingUntil > now ? bucket.pending : 0);

/** Whether at least `count` failures lie inside the window. Failures are kept newest first, so the oldest of them decides. */
const hasRecentFailures = (bucket: AttemptBucket, count: number, rules: AttemptRules, now: number): boolean =>
  count <= 0 || (bucket.recentFailures[count - 1] ?? -Infinity) > now - rules.window;

/**
 * Whether one more attempt may be made now. The one definition of the ledger's rule: in-memory storage runs it, SQL adapters mirror it
 * in one statement and explain a refusal with it.
 *
 * A refusal that only unsettled attempts cause is `pending`, never `blocked`: they may turn out to be right.
 */
export function decideReservation(bucket: AttemptBucket, rules: AttemptRules, now: number): AttemptReservation {
  if (bucket.consecutive >= rules.hardStop) return { outcome: 'stopped' };
  if (bucket.blockedUntil > now) return { outcome: 'blocked', retryAfterMs: bucket.blockedUntil - now };

  const pending = livePending(bucket, now);
  const wouldPassHardStop = bucket.consecutive + pending >= rules.hardStop;
  const isFull = bucket.level > 0 ? pending > 0 : hasRecentFailures(bucket, rules.maxFailures - pending, rules, now);
  return { outcome: wouldPassHardStop || isFull ? 'pending' : 'granted' };
}

/** The bucket after a granted reservation. */
export function withReservation(bucket: AttemptBucket, rules: AttemptRules, now: number): AttemptBucket {
  return { ...bucket, pending: livePending(bucket, now) + 1, pendingUntil: Math.max(bucket.pendingUntil, now + rules.lease) };
}

/** The bucket after a reservation was given back uncounted. */
export function withoutReservation(bucket: AttemptBucket): AttemptBucket {
  return { ...bucket, pending: Math.max(0, bucket.pending - 1) };
}

/** The bucket after a reservation turned into a failure, and what the failure caused. */
export function withFailure(
  bucket: AttemptBucket,
  rules: AttemptRules,
  now: number,
): { bucket: AttemptBucket; settlement: AttemptSettlement } {
  const consecutive = bucket.consecutive + 1;
  const startsDelay = bucket.level > 0 || hasRecentFailures(bucket, rules.maxFailures - 1, rules, now);
  const level = startsDelay ? bucket.level + 1 : 0;
  const blockedUntil = startsDelay ? now + delayOfLevel(level, rules) : null;
  return {
    bucket: {
      ...withoutReservation(bucket),
      consecutive,
      level,
      blockedUntil: blockedUntil ?? bucket.blockedUntil,
      recentFailures: [now, ...bucket.recentFailures].slice(0, rules.maxFailures - 1),
    },
    settlement: { consecutive, blockedUntil, reachedHardStop: consecutive === rules.hardStop },
  };
}

/** Length of the delay that the `level`th reaching of the limit starts; the last one repeats. */
export function delayOfLevel(level: number, rules: AttemptRules): number {
  return rules.delays[Math.min(level, rules.delays.length) - 1] ?? 0;
}

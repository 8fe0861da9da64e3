import { describe, expect, it } from 'vitest';
import type { AttemptBucket, AttemptRules } from '../ports/attempt.repository.js';
import {
  decideReservation,
  delayOfLevel,
  EMPTY_BUCKET,
  livePending,
  withFailure,
  withoutReservation,
  withReservation,
} from './attempt-rules.js';

const RULES: AttemptRules = { maxFailures: 3, window: 1_000, delays: [100, 200], hardStop: 6, lease: 50 };
const NOW = 1_000_000;

const bucket = (changes: Partial<AttemptBucket>): AttemptBucket => ({ ...EMPTY_BUCKET, ...changes });
const decide = (changes: Partial<AttemptBucket>) => decideReservation(bucket(changes), RULES, NOW);

describe('one more attempt', () => {
  it('is granted to a bucket that nothing has happened to', () => expect(decide({})).toEqual({ outcome: 'granted' }));

  it('waits while as many are under way as failures are still allowed', () => {
    const pendingUntil = NOW + 1;

    expect(decide({ pending: 2, pendingUntil })).toEqual({ outcome: 'granted' });
    expect(decide({ pending: 3, pendingUntil })).toEqual({ outcome: 'pending' });
    expect(decide({ pending: 1, pendingUntil, recentFailures: [NOW - 1] })).toEqual({ outcome: 'granted' });
    expect(decide({ pending: 2, pendingUntil, recentFailures: [NOW - 1] })).toEqual({ outcome: 'pending' });
  });

  it('waits for nobody whose process is dead', () => {
    expect(decide({ pending: 3, pendingUntil: NOW })).toEqual({ outcome: 'granted' });
    expect(livePending(bucket({ pending: 3, pendingUntil: NOW }), NOW)).toBe(0);
    expect(livePending(bucket({ pending: 3, pendingUntil: NOW + 1 }), NOW)).toBe(3);
  });

  it('counts failures inside the window only', () => {
    const pending = { pending: 2, pendingUntil: NOW + 1 };

    expect(decide({ ...pending, recentFailures: [NOW - RULES.window + 1] })).toEqual({ outcome: 'pending' });
    expect(decide({ ...pending, recentFailures: [NOW - RULES.window] })).toEqual({ outcome: 'granted' });
  });

  it('is refused while a delay runs, and says for how long', () => {
    expect(decide({ level: 1, blockedUntil: NOW + 7 })).toEqual({ outcome: 'blocked', retryAfterMs: 7 });
    expect(decide({ level: 1, blockedUntil: NOW })).toEqual({ outcome: 'granted' });
  });

  it('is the only one at a time once there was a delay', () => {
    expect(decide({ level: 1, pending: 1, pendingUntil: NOW + 1 })).toEqual({ outcome: 'pending' });
    expect(decide({ level: 1, pending: 1, pendingUntil: NOW })).toEqual({ outcome: 'granted' });
  });

  it('never passes the hard stop, nor could with those under way', () => {
    expect(decide({ consecutive: 6, blockedUntil: NOW + 7 })).toEqual({ outcome: 'stopped' });
    expect(decide({ consecutive: 5 })).toEqual({ outcome: 'granted' });
    expect(decide({ consecutive: 5, pending: 1, pendingUntil: NOW + 1 })).toEqual({ outcome: 'pending' });
  });
});

describe('a reservation', () => {
  it('is counted until its lease is over, whoever reserved before', () => {
    expect(withReservation(EMPTY_BUCKET, RULES, NOW)).toEqual(bucket({ pending: 1, pendingUntil: NOW + 50 }));
    expect(withReservation(bucket({ pending: 1, pendingUntil: NOW + 90 }), RULES, NOW)).toMatchObject({
      pending: 2,
      pendingUntil: NOW + 90,
    });
    expect(withReservation(bucket({ pending: 4, pendingUntil: NOW }), RULES, NOW)).toMatchObject({ pending: 1 });
  });

  it('is given back once, and never below nothing', () => {
    expect(withoutReservation(bucket({ pending: 2 })).pending).toBe(1);
    expect(withoutReservation(EMPTY_BUCKET).pending).toBe(0);
  });
});

describe('a failure', () => {
  it('is remembered as the newest, and settles its reservation', () => {
    const { bucket: next, settlement } = withFailure(bucket({ pending: 1, recentFailures: [NOW - 5_000] }), RULES, NOW);

    expect(next).toEqual(bucket({ consecutive: 1, recentFailures: [NOW, NOW - 5_000] }));
    expect(settlement).toEqual({ consecutive: 1, blockedUntil: null, reachedHardStop: false });
  });

  it('starts a delay when it is the last that was allowed in the window', () => {
    const recentFailures = [NOW - 1, NOW - 2];
    const { bucket: next, settlement } = withFailure(bucket({ consecutive: 2, recentFailures }), RULES, NOW);

    expect(next).toMatchObject({ level: 1, blockedUntil: NOW + 100, recentFailures: [NOW, NOW - 1] });
    expect(settlement).toEqual({ consecutive: 3, blockedUntil: NOW + 100, reachedHardStop: false });
    const slow = withFailure(bucket({ consecutive: 2, recentFailures: [NOW - 1, NOW - RULES.window] }), RULES, NOW);
    expect(slow.bucket).toMatchObject({ level: 0, blockedUntil: 0 });
  });

  it('starts the next delay by itself once there was one, and the last delay again and again', () => {
    const delayed = (level: number) => withFailure(bucket({ level, consecutive: 3 }), RULES, NOW).bucket;

    expect(delayed(1)).toMatchObject({ level: 2, blockedUntil: NOW + 200 });
    expect(delayed(2)).toMatchObject({ level: 3, blockedUntil: NOW + 200 });
    expect([1, 2, 3].map((level) => delayOfLevel(level, RULES))).toEqual([100, 200, 200]);
  });

  it('leaves a delay that runs as it is, when it starts none', () => {
    expect(withFailure(bucket({ blockedUntil: NOW + 9 }), RULES, NOW).bucket.blockedUntil).toBe(NOW + 9);
  });

  it('reaches the hard stop once', () => {
    const reached = (consecutive: number) => withFailure(bucket({ consecutive }), RULES, NOW).settlement.reachedHardStop;

    expect([4, 5, 6].map(reached)).toEqual([false, true, false]);
  });
});

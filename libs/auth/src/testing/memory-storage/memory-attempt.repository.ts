import { Injectable } from '@nestjs/common';
import {
  decideReservation,
  EMPTY_BUCKET,
  withFailure,
  withoutReservation,
  withReservation,
} from '../../core/passwords/attempt-rules.js';
import {
  type AttemptBucket,
  AttemptRepository,
  type AttemptReservation,
  type AttemptRules,
  type AttemptSettlement,
} from '../../core/ports/attempt.repository.js';
import { MemoryDatabase } from './memory-database.js';

@Injectable()
export class MemoryAttemptRepository extends AttemptRepository {
  constructor(private readonly database: MemoryDatabase) {
    super();
  }

  async reserve(bucket: string, rules: AttemptRules, now: number): Promise<AttemptReservation> {
    return this.database.execute(({ attempts }) => {
      const row = attempts.get(bucket) ?? EMPTY_BUCKET;
      const decision = decideReservation(row, rules, now);
      if (decision.outcome === 'granted') attempts.set(bucket, { ...withReservation(row, rules, now), touchedAt: now });
      return decision;
    });
  }

  async fail(bucket: string, rules: AttemptRules, now: number): Promise<AttemptSettlement> {
    return this.database.execute(({ attempts }) => {
      const next = withFailure(attempts.get(bucket) ?? EMPTY_BUCKET, rules, now);
      attempts.set(bucket, { ...next.bucket, touchedAt: now });
      return next.settlement;
    });
  }

  async release(bucket: string): Promise<void> {
    await this.database.execute(({ attempts }) => {
      const row = attempts.get(bucket);
      if (row !== undefined) attempts.set(bucket, { ...row, ...withoutReservation(row) });
    });
  }

  async clear(bucket: string): Promise<void> {
    await this.database.execute(({ attempts }) => void attempts.delete(bucket));
  }

  async find(bucket: string): Promise<AttemptBucket | null> {
    return this.database.execute(({ attempts }) => {
      const row = attempts.get(bucket);
      if (row === undefined) return null;
      const { touchedAt: _, ...found } = row;
      return { ...found, recentFailures: [...found.recentFailures] };
    });
  }

  async deleteIdle(before: number, rules: AttemptRules, limit: number): Promise<number> {
    return this.database.execute(({ attempts }) => {
      const idle = [...attempts]
        .filter(([, { touchedAt, consecutive }]) => touchedAt < before && consecutive < rules.hardStop)
        .slice(0, limit);
      for (const [bucket] of idle) attempts.delete(bucket);
      return idle.length;
    });
  }
}

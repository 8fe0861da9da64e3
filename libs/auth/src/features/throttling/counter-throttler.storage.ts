import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { SharedCounter } from '../../core/limits/shared-counter.js';

type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Seconds, as the throttler has them. */
const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** `@nestjs/throttler` on the application's cache. A window ends when it ends: who is refused does not make it longer. */
@Injectable()
export class CounterThrottlerStorage implements ThrottlerStorage {
  constructor(private readonly counter: SharedCounter) {}

  async increment(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    const { count, expiresInMs } = await this.counter.add(`auth:throttle:${key}`, ttl);
    const left = seconds(expiresInMs);
    return { totalHits: count, timeToExpire: left, isBlocked: count > limit, timeToBlockExpire: left };
  }
}

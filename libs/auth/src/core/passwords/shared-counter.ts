import { Injectable, Logger } from '@nestjs/common';
import { LocalCounter } from '../../common/local-counter.js';
import { type CacheCount, CacheStore, CacheUnavailableError } from '../ports/cache-store.js';
import { Clock } from '../ports/clock.js';

/** Counts in the cache, shared by all processes, and in this process while the cache is away. Never rejects for want of a cache. */
@Injectable()
export class SharedCounter {
  private readonly logger = new Logger('AuthLimits');
  private readonly local = new LocalCounter();
  private isShared = true;

  constructor(
    private readonly cache: CacheStore,
    private readonly clock: Clock,
  ) {}

  /** Adds `by`, which may be 0 or less, to a count whose window of `ttl` milliseconds begins with its first. */
  async add(key: string, ttl: number, by = 1): Promise<CacheCount> {
    try {
      const counted = await this.cache.increment(key, ttl, by);
      this.isShared = true;
      return counted;
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) throw error;
      if (this.isShared) this.logger.warn('Limits per source count in this process alone: the cache does not answer');
      this.isShared = false;
      return this.local.add(key, ttl, this.clock.now(), by);
    }
  }
}

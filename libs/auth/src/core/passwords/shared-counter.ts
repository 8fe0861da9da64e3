import { Injectable, Logger } from '@nestjs/common';
import { LocalCounter } from '../../common/local-counter.js';
import { type CacheCount, CacheStore, CacheUnavailableError } from '../ports/cache-store.js';
import { Clock } from '../ports/clock.js';

/** A count, and whose: the shared counter and that of this process know nothing of each other. */
export interface Counted extends CacheCount {
  isShared: boolean;
}

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
  async add(key: string, ttl: number, by = 1): Promise<Counted> {
    try {
      const counted = await this.cache.increment(key, ttl, by);
      this.isShared = true;
      return { ...counted, isShared: true };
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) throw error;
      if (this.isShared) this.logger.warn('Limits per source count in this process alone: the cache does not answer');
      this.isShared = false;
      return { ...this.local.add(key, ttl, this.clock.now(), by), isShared: false };
    }
  }

  /**
   * Takes back one that was counted, where it was counted. Not at all when that does not answer: a count that is too high refuses somebody
   * until its window ends, one that is too low admits guesses.
   */
  async giveBack(key: string, ttl: number, { isShared }: Counted): Promise<void> {
    if (!isShared) {
      this.local.add(key, ttl, this.clock.now(), -1);
      return;
    }
    try {
      await this.cache.increment(key, ttl, -1);
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) throw error;
    }
  }
}

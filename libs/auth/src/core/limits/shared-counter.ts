import { Logger } from '@nestjs/common';
import { LocalCounter } from '../../common/local-counter.js';
import { type CacheCount, type CacheStore, CacheUnavailableError } from '../ports/cache-store.js';
import type { Clock } from '../ports/clock.js';

/** The cache's window ends before we think it does, by the time of its answer: what is given back after its end would count below zero. */
const END_MARGIN = 1_000;

/** A count, and until when the cache has it: 0 when this process alone has counted. */
export interface Counted extends CacheCount {
  sharedUntil: number;
}

/**
 * Counts in the cache, shared by all processes, and always in this process as well: whether the cache is away, comes and goes or has been
 * emptied, no process counts less than it has seen itself. Never rejects for want of a cache.
 */
export class SharedCounter {
  private readonly logger = new Logger('AuthLimits');
  private readonly local = new LocalCounter();
  private isShared = true;

  /** @param what is counted, as the log names it when the cache goes away: "Mail is counted" */
  constructor(
    private readonly cache: CacheStore,
    private readonly clock: Clock,
    private readonly what: string,
  ) {}

  /** Adds `by`, which may be 0, to a count whose window of `ttl` milliseconds begins with its first. The larger of both counts is the count. */
  async add(key: string, ttl: number, by = 1): Promise<Counted> {
    const own = this.local.add(key, ttl, this.clock.now(), by);
    try {
      const shared = await this.cache.increment(key, ttl, by);
      this.isShared = true;
      return { ...(shared.count < own.count ? own : shared), sharedUntil: this.clock.now() + shared.expiresInMs };
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) throw error;
      if (this.isShared) this.logger.warn(`${this.what} in this process alone: the cache does not answer`);
      this.isShared = false;
      return { ...own, sharedUntil: 0 };
    }
  }

  /**
   * Takes back one that was counted, where it was counted, unless the window is over. Not at all when that does not answer: a count that is
   * too high refuses somebody until its window ends, one that is too low admits guesses.
   */
  async giveBack(key: string, ttl: number, { sharedUntil }: Counted): Promise<void> {
    this.local.takeBack(key, this.clock.now());
    if (this.clock.now() >= sharedUntil - END_MARGIN) return;
    try {
      await this.cache.increment(key, ttl, -1);
    } catch (error) {
      if (!(error instanceof CacheUnavailableError)) throw error;
    }
  }
}

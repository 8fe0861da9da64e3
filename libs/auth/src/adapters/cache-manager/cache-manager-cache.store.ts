import type { OnApplicationShutdown } from '@nestjs/common';
import { withDeadline } from '../../common/deadline.js';
import { type CacheCount, CacheStore, CacheUnavailableError } from '../../core/ports/cache-store.js';
import type { Clock } from '../../core/ports/clock.js';
import { MemoryCacheStore } from '../memory-cache/memory-cache.store.js';

/** What this adapter uses of a `cache-manager` instance, version 5, 6 or 7. */
export interface CacheManager {
  get(key: string): Promise<unknown>;
  /** @param ttl milliseconds */
  set(key: string, value: unknown, ttl?: number): Promise<unknown>;
  del(key: string): Promise<unknown>;
  /** Since version 6: the Keyv instances behind it. */
  readonly stores?: readonly unknown[];
  /** Since version 6. */
  on?(event: 'get', listener: (data: any) => void): unknown;
  off?(event: 'get', listener: (data: any) => void): unknown;
}

export interface CacheManagerCacheOptions {
  /** How long an operation may take, in milliseconds, before it counts as unanswered. @default 250 */
  deadline?: number;
}

type ErrorEmitter = { on(event: 'error', listener: () => void): unknown; off?(event: 'error', listener: () => void): unknown };

const emitsErrors = (store: unknown): store is ErrorEmitter => typeof (store as Partial<ErrorEmitter> | null)?.on === 'function';

/**
 * A host's cache-manager instance. It has no atomic increment and no messages, whatever it is built on: counters and messages stay in the
 * memory of this process, which is what `scope` says.
 */
export class CacheManagerCacheStore extends CacheStore implements OnApplicationShutdown {
  readonly scope = 'process';
  private readonly local: MemoryCacheStore;
  private readonly deadline: number;
  private readonly watched: readonly ErrorEmitter[];
  private errors = 0;
  /** Keyv tells an error to its listeners, cache-manager tells it to its own, and both tell the caller that it was a miss. */
  private readonly countError = (): void => void this.errors++;
  private readonly countFailedGet = (data: { error?: unknown }): void => void (data.error !== undefined && this.errors++);

  constructor(
    private readonly cache: CacheManager,
    { deadline = 250 }: CacheManagerCacheOptions = {},
    clock?: Clock,
  ) {
    super();
    this.deadline = deadline;
    this.local = new MemoryCacheStore({}, clock);
    this.watched = (cache.stores ?? []).filter(emitsErrors);
    for (const store of this.watched) store.on('error', this.countError);
    cache.on?.('get', this.countFailedGet);
  }

  onApplicationShutdown(): void {
    for (const store of this.watched) store.off?.('error', this.countError);
    this.cache.off?.('get', this.countFailedGet);
  }

  /** Versions 5 and 7 say `undefined` for a miss, version 6 says `null`; we store JSON, so that neither is a value. */
  async get<T>(key: string): Promise<T | undefined> {
    const json = await this.run('get', () => this.cache.get(key));
    return typeof json === 'string' ? (JSON.parse(json) as T) : undefined;
  }

  async set(key: string, value: unknown, ttl: number): Promise<void> {
    await this.run('set', () => this.cache.set(key, JSON.stringify(value), ttl));
  }

  async delete(key: string): Promise<void> {
    await this.local.delete(key);
    await this.run('delete', () => this.cache.del(key));
  }

  /** In the memory of this process. */
  increment(key: string, ttl: number, by?: number): Promise<CacheCount> {
    return this.local.increment(key, ttl, by);
  }

  /** Reaches listeners in this process. */
  publish(channel: string, message: string): Promise<void> {
    return this.local.publish(channel, message);
  }

  /** Hears what this process publishes. */
  subscribe(channel: string, listener: (message: string) => void): Promise<() => Promise<void>> {
    return this.local.subscribe(channel, listener);
  }

  /** An error of the store during the call may be another call's: taking it for ours errs on the side of "not known". */
  private async run<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const errorsBefore = this.errors;
    let result: T;
    try {
      result = await withDeadline(work(), this.deadline, () => new Error('no answer in time'));
    } catch (cause) {
      throw new CacheUnavailableError(operation, { cause });
    }
    if (this.errors !== errorsBefore && (result === undefined || result === null || operation !== 'get')) {
      throw new CacheUnavailableError(operation);
    }
    return result;
  }
}

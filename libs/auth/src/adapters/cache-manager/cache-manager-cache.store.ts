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
}

export interface CacheManagerCacheOptions {
  /** How long an operation may take, in milliseconds, before it counts as unanswered. @default 250 */
  deadline?: number;
}

interface Emitter {
  on(event: string, listener: (data: { error?: unknown }) => void): unknown;
  off?(event: string, listener: (data: { error?: unknown }) => void): unknown;
}

const isEmitter = (value: unknown): value is Emitter => typeof (value as Partial<Emitter> | null)?.on === 'function';

/**
 * A host's cache-manager instance. It has no atomic increment and no messages, whatever it is built on: counters and messages stay in the
 * memory of this process, which is what `scope` says.
 *
 * Keyv hides a failed read unless it was made with `throwOnErrors: true`; without it such a read is a miss here, too.
 */
export class CacheManagerCacheStore extends CacheStore implements OnApplicationShutdown {
  readonly scope = 'process';
  private readonly local: MemoryCacheStore;
  private readonly deadline: number;
  private readonly stopWatching: readonly (() => void)[];
  /** Keyv tells some errors to its listeners, cache-manager others to its own; the caller hears of a miss. */
  private errors = 0;

  constructor(
    private readonly cache: CacheManager,
    { deadline = 250 }: CacheManagerCacheOptions = {},
    clock?: Clock,
  ) {
    super();
    this.deadline = deadline;
    this.local = new MemoryCacheStore({}, clock);
    this.stopWatching = [
      ...(cache.stores ?? []).map((store) => this.watch(store, 'error', () => this.errors++)),
      // Told by version 7.
      this.watch(cache, 'get', ({ error }) => error !== undefined && this.errors++),
    ];
  }

  onApplicationShutdown(): void {
    for (const stop of this.stopWatching) stop();
  }

  /** Versions 5 and 7 say `undefined` for a miss, version 6 says `null`; we store JSON, so that neither is a value. */
  async get<T>(key: string): Promise<T | undefined> {
    return this.run('get', async () => {
      const json = await this.cache.get(key);
      return typeof json === 'string' ? (JSON.parse(json) as T) : undefined;
    });
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
    if (this.errors !== errorsBefore && (result === undefined || operation !== 'get')) {
      throw new CacheUnavailableError(operation);
    }
    return result;
  }

  private watch(emitter: unknown, event: string, listener: (data: { error?: unknown }) => unknown): () => void {
    if (!isEmitter(emitter)) return () => undefined;
    const own = (data: { error?: unknown }): void => void listener(data);
    emitter.on(event, own);
    return () => void emitter.off?.(event, own);
  }
}

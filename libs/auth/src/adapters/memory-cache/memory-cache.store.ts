import { BoundedMap } from '../../common/bounded-map.js';
import { type CacheCount, type CacheFacts, CacheStore, CacheUnavailableError } from '../../core/ports/cache-store.js';
import { type Clock, SystemClock } from '../../core/ports/clock.js';

interface Item {
  /** JSON, as in every other store, so that what was read is never the object that was written. */
  json: string;
  expiresAt: number;
}

export interface MemoryCacheOptions {
  /**
   * Declares that the application runs as exactly one process. Then counters in memory count everything, and production accepts them.
   *
   * @default false
   */
  singleInstance?: boolean;
  /** When there are more, those not used lately go first. @default 100,000 */
  maxEntries?: number;
}

/** In the memory of this process: bounded, without timers. Expired entries go when somebody asks for them or room is needed. */
export class MemoryCacheStore extends CacheStore {
  readonly scope = 'process';
  readonly singleInstance: boolean;
  private readonly items: BoundedMap<string, Item>;
  private readonly listeners = new Map<string, Set<(message: string) => void>>();

  constructor(
    { singleInstance = false, maxEntries = 100_000 }: MemoryCacheOptions = {},
    private readonly clock: Clock = new SystemClock(),
  ) {
    super();
    this.singleInstance = singleInstance;
    this.items = new BoundedMap(maxEntries);
  }

  override async facts(): Promise<CacheFacts> {
    return { isDeclaredSingleInstance: this.singleInstance };
  }

  async get<T>(key: string): Promise<T | undefined> {
    const item = this.live(key);
    return item === undefined ? undefined : (JSON.parse(item.json) as T);
  }

  async set(key: string, value: unknown, ttl: number): Promise<void> {
    this.items.set(key, { json: JSON.stringify(value), expiresAt: this.clock.now() + ttl });
  }

  async delete(key: string): Promise<void> {
    this.items.delete(key);
  }

  async increment(key: string, ttl: number, by = 1): Promise<CacheCount> {
    const now = this.clock.now();
    const item = this.live(key);
    const count = Number(item?.json ?? 0) + by;
    if (!Number.isSafeInteger(count)) throw new CacheUnavailableError('increment of what is no counter');
    const expiresAt = item?.expiresAt ?? now + ttl;
    this.items.set(key, { json: String(count), expiresAt });
    return { count, expiresInMs: expiresAt - now };
  }

  /** Listeners are called in a later turn, as they would be by a store across the network. */
  async publish(channel: string, message: string): Promise<void> {
    for (const listener of this.listeners.get(channel) ?? []) setImmediate(() => this.deliver(channel, listener, message));
  }

  async subscribe(channel: string, listener: (message: string) => void): Promise<() => Promise<void>> {
    // A function of its own per subscription: the same listener may subscribe twice and end one of them.
    const own = (message: string): void => listener(message);
    const listeners = this.listeners.get(channel) ?? new Set();
    this.listeners.set(channel, listeners.add(own));
    return async () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.listeners.get(channel) === listeners) this.listeners.delete(channel);
    };
  }

  private deliver(channel: string, listener: (message: string) => void, message: string): void {
    if (this.listeners.get(channel)?.has(listener)) listener(message);
  }

  private live(key: string): Item | undefined {
    const item = this.items.get(key);
    if (item === undefined || item.expiresAt > this.clock.now()) return item;
    this.items.delete(key);
    return undefined;
  }
}

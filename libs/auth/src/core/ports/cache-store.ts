/** The cache could not answer in time. Different from a miss on purpose: a miss is knowledge, this is not. */
export class CacheUnavailableError extends Error {
  constructor(operation: string, options?: ErrorOptions) {
    super(`The cache did not answer (${operation})`, options);
    this.name = 'CacheUnavailableError';
  }
}

export interface CacheCount {
  /** Including this increment. */
  count: number;
  /** Until the counter starts again. */
  expiresInMs: number;
}

/** What a cache tells about itself, for the boot rules. */
export interface CacheFacts {
  /** Whoever runs it has declared that the application is one process. */
  isDeclaredSingleInstance: boolean;
  /** Of a cache on a server of its own; absent where there is none. */
  server?: CacheServerFacts;
}

export interface CacheServerFacts {
  /** It answers now. What follows is `null` unless it does. */
  isReachable: boolean;
  /** Its policy drops entries that have not expired when memory is short, counters of failures among them. */
  evictionPolicy: string | null;
  /** Its content survives a restart. */
  isPersistent: boolean | null;
  /** Why its configuration cannot be read, e.g. because `CONFIG` is forbidden. */
  unreadable: string | null;
}

/**
 * A shared accelerator and counter, never the truth: it may be wiped, late or absent at any moment, and nothing it says may admit anybody.
 *
 * Every method settles within the store's deadline (250 ms by default) and rejects with {@link CacheUnavailableError} when the store
 * could not answer. Keys begin with `auth:`.
 */
export abstract class CacheStore {
  /** `shared`: counters and messages reach every process of the application. `process`: they stay in this one. */
  abstract readonly scope: 'process' | 'shared';

  /** `undefined` is a miss. */
  abstract get<T>(key: string): Promise<T | undefined>;
  /** @param ttl milliseconds, greater than 0 */
  abstract set(key: string, value: unknown, ttl: number): Promise<void>;
  abstract delete(key: string): Promise<void>;

  /** Atomic. The first increment of a key starts its life of `ttl` milliseconds; later ones do not prolong it. */
  abstract increment(key: string, ttl: number, by?: number): Promise<CacheCount>;

  /** At most once: a message may be lost, and is never needed for correctness. */
  abstract publish(channel: string, message: string): Promise<void>;
  /**
   * Resolves to a function that ends the subscription. Messages of this process arrive too. A lost connection is re-established.
   * Never rejects because the store is absent: then the subscription begins when the store is there.
   */
  abstract subscribe(channel: string, listener: (message: string) => void): Promise<() => Promise<void>>;

  /** For the boot rules; settles within the deadline and never rejects. Asked before `onModuleInit`, while Nest makes the providers. */
  async facts(): Promise<CacheFacts> {
    return { isDeclaredSingleInstance: false };
  }
}

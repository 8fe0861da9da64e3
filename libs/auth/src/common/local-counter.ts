import { BoundedMap } from './bounded-map.js';

interface Window {
  count: number;
  endsAt: number;
}

/** Counts in the memory of this process, bounded and without timers: what limits fall back on while the shared store is away. */
export class LocalCounter {
  private readonly windows: BoundedMap<string, Window>;

  /** @param capacity keys; when there are more, those not used lately start again */
  constructor(capacity = 10_000) {
    this.windows = new BoundedMap(capacity);
  }

  /** The count of `key` with this one. Its window of `ttl` milliseconds begins with its first. */
  increment(key: string, ttl: number, now: number): number {
    return this.add(key, ttl, now, 1).count;
  }

  /** The count of `key` with `by` more, and how many milliseconds its window still lasts. */
  add(key: string, ttl: number, now: number, by: number): { count: number; expiresInMs: number } {
    const window = this.windows.get(key);
    if (window !== undefined && window.endsAt > now) {
      window.count += by;
      return { count: window.count, expiresInMs: window.endsAt - now };
    }
    this.windows.set(key, { count: by, endsAt: now + ttl });
    return { count: by, expiresInMs: ttl };
  }

  /** One less, unless the window is over. */
  takeBack(key: string, now: number): void {
    const window = this.windows.get(key);
    if (window !== undefined && window.endsAt > now) window.count -= 1;
  }
}

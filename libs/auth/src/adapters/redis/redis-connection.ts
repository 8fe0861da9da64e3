import type { RedisClient } from './redis-client.js';

/** A way to a Redis that may be there or not. Nothing of it throws or blocks. */
export interface RedisConnection {
  /** `undefined` while there is no usable connection. */
  readonly client: RedisClient | undefined;
  /** Begins to connect and keeps at it, in the background. */
  open(): void;
  /** `false` when `ms` milliseconds passed first. */
  whenReady(ms: number): Promise<boolean>;
  /** The connection no longer answers: begin again with a new one, where it is ours to do so. */
  replace(): void;
  /** Leaves no socket and no timer of ours. */
  close(): Promise<void>;
}

export interface RedisConnectionEvents {
  /** Part of connecting: when it rejects, the attempt has failed. */
  opened?(client: RedisClient): Promise<void>;
  ready?(): void;
  /** Also for every attempt that fails. */
  lost?(cause: unknown): void;
}

/** Lets callers wait for something that may happen soon. */
export class ReadySignal {
  private waiting = new Set<() => void>();

  raise(): void {
    for (const wake of this.waiting) wake();
  }

  wait(ms: number, isReady: () => boolean): Promise<boolean> {
    if (isReady()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.waiting.delete(settle);
        resolve(isReady());
      };
      const timer = setTimeout(settle, ms);
      this.waiting.add(settle);
    });
  }
}

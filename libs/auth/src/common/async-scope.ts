import { AsyncLocalStorage } from 'node:async_hooks';

/** How long after a scope has failed its stragglers are still recognised (ms): far longer than any deadline inside of one. */
const STRAGGLERS_FOR = 60_000;

/**
 * Something that belongs to a piece of asynchronous work and to whatever that work starts, such as its transaction.
 *
 * An `AsyncLocalStorage` that lets go when nobody is inside. Before Node.js 24 one that has once been entered makes every promise, timer
 * and socket of the process dearer for good: 4 µs for each request of an application that only once has opened a transaction. Whoever
 * outlives a scope that succeeded is in no scope; whoever outlives one that failed still is, for a minute at least.
 */
export class AsyncScope<T> {
  private readonly storage = new AsyncLocalStorage<T | undefined>();
  private holders = 0;
  private heldUntil = -Infinity;

  /** Of the innermost scope around the caller. */
  get current(): T | undefined {
    return this.storage.getStore();
  }

  /** Runs `work` with `value` as {@link current}. */
  run<R>(value: T, work: () => Promise<R>): Promise<R> {
    return this.hold(() => this.storage.run(value, work));
  }

  /** Runs `work`, of which {@link run} is a part: whether the scope has succeeded is known when all of it has. */
  async hold<R>(work: () => Promise<R>): Promise<R> {
    this.holders++;
    try {
      return await work();
    } catch (error) {
      this.heldUntil = performance.now() + STRAGGLERS_FOR;
      throw error;
    } finally {
      this.holders--;
      if (this.holders === 0 && performance.now() >= this.heldUntil) this.storage.disable();
    }
  }

  /** Runs `effect` in no scope. */
  exit<R>(effect: () => R): R {
    return this.current === undefined ? effect() : this.storage.run(undefined, effect);
  }
}

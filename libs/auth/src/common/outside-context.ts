import { AsyncResource } from 'node:async_hooks';

/**
 * Runs work in the asynchronous context in which this object was made, not in the caller's: work whose result is shared by many callers
 * must not take part in the transaction of the one that happens to start it.
 */
export class OutsideContext {
  private readonly resource = new AsyncResource('LatchkeyOutsideContext');

  run<T>(work: () => T): T {
    return this.resource.runInAsyncScope(work);
  }
}

/** First come, first served mutual exclusion inside one process. */
export class AsyncLock {
  private readonly waiting: (() => void)[] = [];
  private held = false;

  get isHeld(): boolean {
    return this.held;
  }

  /** How many wait for it. */
  get queued(): number {
    return this.waiting.length;
  }

  /**
   * Resolves to the function that gives the lock back (calling it again does nothing), or to `null` when `waitMs` passed first.
   */
  acquire(waitMs?: number): Promise<(() => void) | null> {
    if (!this.held) {
      this.held = true;
      return Promise.resolve(this.releaseOnce());
    }
    return new Promise((resolve) => {
      const enter = (): void => {
        clearTimeout(timer);
        resolve(this.releaseOnce());
      };
      const timer =
        waitMs === undefined
          ? undefined
          : setTimeout(() => {
              this.waiting.splice(this.waiting.indexOf(enter), 1);
              resolve(null);
            }, waitMs);
      this.waiting.push(enter);
    });
  }

  private releaseOnce(): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const next = this.waiting.shift();
      if (next === undefined) this.held = false;
      else next();
    };
  }
}

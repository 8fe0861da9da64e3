import { AsyncScope } from './async-scope.js';
import { withDeadline } from './deadline.js';

/** Time that calls have together; what runs side by side is counted once. */
class TimeBudget {
  isOver = false;
  private spent = 0;
  private running = 0;
  private since = 0;

  constructor(private readonly ms: number) {}

  get left(): number {
    return this.ms - this.spent - (this.running > 0 ? performance.now() - this.since : 0);
  }

  async spend<T>(call: (ms: number) => Promise<T>): Promise<T> {
    const { left } = this;
    if (this.running++ === 0) this.since = performance.now();
    try {
      return await call(left);
    } finally {
      if (--this.running === 0) this.spent += performance.now() - this.since;
    }
  }
}

/**
 * How long calls to something slow may take: each so long by itself, and within {@link share} all of them together. What else the work
 * waits for between its calls is not counted.
 */
export class SharedTime {
  private readonly works = new AsyncScope<TimeBudget>();

  /**
   * @param ms of one call, or of all the calls of one work
   * @param late makes what a call rejects with when there is no time left
   */
  constructor(
    private readonly ms: number,
    private readonly late: () => Error,
  ) {}

  /** Runs `work`, whose calls share the time. Work within work shares the outer one's. @param spent milliseconds that are gone already */
  async share<T>(work: () => Promise<T>, spent = 0): Promise<T> {
    if (this.budget !== undefined) return work();
    const budget = new TimeBudget(this.ms - spent);
    // Settled inside: what outlives this work has no time of anybody's, whether it has failed or not.
    const [outcome] = await this.works.run(budget, () => Promise.allSettled([work()]));
    budget.isOver = true;
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  /** @param call is handed the milliseconds that it has; it does not begin when they are used up */
  spend<T>(call: (ms: number) => Promise<T>): Promise<T> {
    return (
      this.budget?.spend(async (left) => {
        // A timer may be a fraction of a millisecond early.
        if (left < 1) throw this.late();
        return call(left);
      }) ?? call(this.ms)
    );
  }

  /** Spends the time that passes until there is an answer, or all that is left. */
  awaitAnswer<T>(answer: () => Promise<T>): Promise<T> {
    return this.spend((ms) => withDeadline(answer(), ms, this.late));
  }

  private get budget(): TimeBudget | undefined {
    const budget = this.works.current;
    return budget?.isOver === true ? undefined : budget;
  }
}

import { StoreUnavailableException } from '../../core/errors/auth.errors.js';
import { type StoreFailure, storeFailureOf } from './sql/store-failure.js';

/**
 * Stands before every statement of one unit of work, ours and those of policies that use its `EntityManager`: lets none through once the
 * unit is over, knows which are under way, and remembers what makes a commit impossible.
 */
export class StatementGuard {
  private state: 'open' | 'committed' | 'over' = 'open';
  private underWay = 0;
  private whenIdle: (() => void)[] = [];
  private spoilt: { failure: StoreFailure; error: unknown } | undefined;

  /** @param abortsOnError the database refuses every further statement of a transaction in which one has failed (PostgreSQL) */
  constructor(private readonly abortsOnError: boolean) {}

  /** What the unit has failed of already, though `work` may have swallowed it. */
  get failure(): { failure: StoreFailure; error: unknown } | undefined {
    return this.spoilt;
  }

  async pass<T>(sql: string, statement: () => Promise<T>): Promise<T> {
    // After a deadlock MySQL has rolled back: a further statement would be committed by itself.
    if (this.state !== 'open' || (this.spoilt !== undefined && this.spoilt.failure !== 'other'))
      throw new StoreUnavailableException();
    this.underWay += 1;
    try {
      const result = await statement();
      if (this.spoilt?.failure === 'other' && sql.startsWith('ROLLBACK TO')) this.spoilt = undefined;
      return result;
    } catch (error) {
      this.note(error);
      throw error;
    } finally {
      this.underWay -= 1;
      if (this.underWay === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
    }
  }

  get isCommitted(): boolean {
    return this.state === 'committed';
  }

  /** From now on nothing passes. */
  close(outcome: 'committed' | 'over'): void {
    this.state = outcome;
  }

  /** Resolves when no statement is under way. */
  idle(): Promise<void> {
    return this.underWay === 0 ? Promise.resolve() : new Promise((resolve) => this.whenIdle.push(resolve));
  }

  private note(error: unknown): void {
    const failure = storeFailureOf(error);
    const isFatal = failure === 'conflict' || failure === 'busy' || failure === 'unavailable';
    if (isFatal) this.spoilt = { failure, error };
    else if (this.abortsOnError) this.spoilt ??= { failure: 'other', error };
  }
}

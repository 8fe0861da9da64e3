import type { EntityManager } from 'typeorm';
import { withDeadline } from '../../common/deadline.js';
import { StoreUnavailableException } from '../../core/errors/auth.errors.js';
import { type PoolUse, UnitOfWork } from '../../core/ports/unit-of-work.js';
import { type AuthDatabase, CONFLICT_ATTEMPTS, conflictPause } from './auth-database.js';
import { poolUseOf } from './pool-use.js';
import { monotonicNow } from './sql/patience.js';
import { asStoreError, storeFailureOf } from './sql/store-failure.js';
import type { TransactionUnit } from './transaction-unit.js';

/** The unit lost against another one and may be run again. */
class UnitConflict extends Error {
  constructor(cause: unknown) {
    super('The unit of work lost against a concurrent one', { cause });
  }
}

/**
 * Transactions of TypeORM: on PostgreSQL, MySQL and MariaDB one pooled connection each; on SQLite one after the other on the shared
 * connection, with `BEGIN IMMEDIATE`, so that two processes never both read and then fail to write.
 *
 * `work` is handed the unit's `EntityManager`.
 */
export class TypeOrmUnitOfWork extends UnitOfWork {
  constructor(private readonly database: AuthDatabase) {
    super();
  }

  async run<T>(work: (transaction: EntityManager) => Promise<T>): Promise<T> {
    const joined = this.database.unit;
    if (joined !== undefined) return work(joined.manager);

    return this.database.time.spend((ms) => this.runUntil(monotonicNow() + ms, work));
  }

  afterCommit(effect: () => void): void {
    const unit = this.database.unit;
    if (unit === undefined) runQuietly(effect);
    else unit.effects.push(effect);
  }

  override shareDeadline<T>(work: () => Promise<T>, spent?: number): Promise<T> {
    return this.database.time.share(work, spent);
  }

  override awaitAnswer<T>(answer: () => Promise<T>): Promise<T> {
    return this.database.time.awaitAnswer(answer);
  }

  override poolUse(): PoolUse | null {
    return poolUseOf(this.database.dataSource, this.database.dialect);
  }

  private async runUntil<T>(deadline: number, work: (transaction: EntityManager) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.runOnce(work, deadline);
      } catch (error) {
        if (!(error instanceof UnitConflict)) throw error;
        if (attempt === CONFLICT_ATTEMPTS || monotonicNow() >= deadline)
          throw new StoreUnavailableException({ cause: error.cause });
      }
      await conflictPause();
    }
  }

  private runOnce<T>(work: (transaction: EntityManager) => Promise<T>, deadline: number): Promise<T> {
    const unit = this.database.newUnit(deadline);
    return withDeadline(
      this.database.holdUnit(unit, () => this.transact(unit, work)),
      deadline - monotonicNow(),
      () => {
        unit.expire();
        return new StoreUnavailableException();
      },
    );
  }

  private async transact<T>(unit: TransactionUnit, work: (transaction: EntityManager) => Promise<T>): Promise<T> {
    let result: T;
    try {
      await unit.begin();
      result = await this.database.inUnit(unit, () => work(unit.manager));
      // A failure that the work has swallowed: PostgreSQL would answer this COMMIT with a silent rollback.
      if (unit.guard.failure !== undefined) throw unit.guard.failure.error;
      await unit.commit();
    } catch (error) {
      await unit.rollback();
      throw this.answerFor(unit, error);
    }
    for (const effect of unit.effects) this.database.outsideUnit(unit, () => runQuietly(effect));
    return result;
  }

  /** A lost conflict or connection explains whatever the work has made of it. */
  private answerFor(unit: TransactionUnit, error: unknown): Error {
    const cause = unit.guard.failure !== undefined && unit.guard.failure.failure !== 'other' ? unit.guard.failure.error : error;
    const failure = storeFailureOf(cause);
    return failure === 'conflict' || failure === 'busy' ? new UnitConflict(cause) : asStoreError(cause);
  }
}

/** What an effect throws is nobody's answer: the work is committed. */
function runQuietly(effect: () => void): void {
  try {
    effect();
  } catch {
    // See above.
  }
}

import type { DataSource, EntityManager, EntityTarget, ObjectLiteral, QueryRunner } from 'typeorm';
import { AsyncScope } from '../../common/async-scope.js';
import { STORE_DEADLINE_MS, withDeadline } from '../../common/deadline.js';
import { SharedTime } from '../../common/shared-time.js';
import { StoreUnavailableException } from '../../core/errors/auth.errors.js';
import { outliveLostConnections } from './lost-connections.js';
import { type Dialect, dialectOf } from './sql/dialect.js';
import { monotonicNow, runPatiently } from './sql/patience.js';
import { Statement } from './sql/statement.js';
import { asStoreError, storeFailureOf } from './sql/store-failure.js';
import { SqliteGate } from './sqlite-gate.js';
import { PooledUnit, SqliteUnit, type TransactionUnit } from './transaction-unit.js';

export type Row = Record<string, unknown>;

/** What a statement did. */
export interface StatementResult {
  rows: Row[];
  /** Rows changed; on MySQL and MariaDB rows matched. */
  affected: number;
  /** MySQL and MariaDB: the value of `LAST_INSERT_ID(…)` in the statement. */
  insertId: number;
}

/** A statement or unit that lost a deadlock is run this many times at most. */
export const CONFLICT_ATTEMPTS = 3;

/** A moment for the winner of a conflict to finish, different for each loser. */
export const conflictPause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2 + Math.random() * 15));

/**
 * The database as the repositories see it: every statement runs in the unit of work of its context, or by itself, and settles within the
 * store's deadline. Errors that mean "no answer" are `StoreUnavailableException`; all others are TypeORM's.
 */
export class AuthDatabase {
  readonly dialect: Dialect;
  /** That statements and units have. */
  readonly time: SharedTime;
  private readonly units = new AsyncScope<TransactionUnit>();

  constructor(
    readonly dataSource: DataSource,
    deadlineMs: number = STORE_DEADLINE_MS,
  ) {
    this.time = new SharedTime(deadlineMs, () => new StoreUnavailableException());
    this.dialect = dialectOf(dataSource);
    outliveLostConnections(dataSource, this.dialect);
  }

  /**
   * The unit of the calling context while it is open.
   *
   * @throws StoreUnavailableException in the context of a unit that has failed: what it still writes must not land outside of it
   */
  get unit(): TransactionUnit | undefined {
    const unit = this.units.current;
    if (unit === undefined || unit.state === 'committed') return undefined;
    if (unit.state !== 'open') throw new StoreUnavailableException();
    return unit;
  }

  newUnit(deadline: number): TransactionUnit {
    const Unit = this.dialect === 'sqlite' ? SqliteUnit : PooledUnit;
    return new Unit(this.dataSource, this.dialect, deadline);
  }

  /** Runs `work` with `unit` as the unit of its context. */
  inUnit<T>(unit: TransactionUnit, work: () => Promise<T>): Promise<T> {
    return this.units.run(unit, () => unit.inside(work));
  }

  /** Runs `effect` in no unit. */
  outsideUnit(unit: TransactionUnit, effect: () => void): void {
    this.units.exit(() => unit.outside(effect));
  }

  /** Runs the whole `life` of a unit: what outlives the work of one that fails is recognised as its own. */
  holdUnit<T>(unit: TransactionUnit, life: () => Promise<T>): Promise<T> {
    return this.units.hold(() => unit.hold(life));
  }

  /** Quoted name of an entity's table, with the host's schema and prefix. */
  table(entity: EntityTarget<ObjectLiteral>): string {
    return this.escapePath(this.dataSource.getMetadata(entity).tablePath);
  }

  escapePath(path: string): string {
    return path
      .split('.')
      .map((part) => this.dataSource.driver.escape(part))
      .join('.');
  }

  async rows(build: (statement: Statement) => string): Promise<Row[]> {
    return (await this.run(build)).rows;
  }

  async affected(build: (statement: Statement) => string): Promise<number> {
    return (await this.run(build)).affected;
  }

  async run(build: (statement: Statement) => string): Promise<StatementResult> {
    const statement = new Statement(this.dialect);
    const sql = build(statement);
    return this.withRunner(/^\s*SELECT\b/i.test(sql), async (runner) => {
      const result = await runner.query(sql, statement.parameters, true);
      const records = (result.records ?? []) as Row[];
      const { insertId } = (result.raw ?? {}) as { insertId?: number | string };
      return { rows: records, affected: Number(result.affected ?? records.length), insertId: Number(insertId ?? 0) };
    });
  }

  /** For what TypeORM's builders do better than a statement of ours. One statement where atomicity matters. */
  withManager<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.withRunner(false, (runner) => work(runner.manager));
  }

  private async withRunner<T>(isRead: boolean, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    try {
      const unit = this.unit;
      if (unit !== undefined) return await work(unit.runner);
      return await this.time.spend((ms) => {
        const deadline = monotonicNow() + ms;
        const alone = this.dialect === 'sqlite' ? this.onGatedRunner(isRead, work, deadline) : this.onPooledRunner(work, deadline);
        return withDeadline(alone, ms, () => new StoreUnavailableException());
      });
    } catch (error) {
      throw asStoreError(error);
    }
  }

  private async onGatedRunner<T>(isRead: boolean, work: (runner: QueryRunner) => Promise<T>, deadline: number): Promise<T> {
    const gate = SqliteGate.of(this.dataSource);
    const turn = await gate.enter(deadline - monotonicNow());
    try {
      return await gate.inside(turn, () => {
        const run = (): Promise<T> => work(this.dataSource.createQueryRunner());
        return isRead ? runPatiently(deadline, run) : gate.connection.atomically(deadline, run);
      });
    } finally {
      turn.end();
    }
  }

  private async onPooledRunner<T>(work: (runner: QueryRunner) => Promise<T>, deadline: number): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const runner = this.dataSource.createQueryRunner();
      try {
        await runner.connect();
        // Nobody waits for it any more: not begun is better than done unseen.
        if (monotonicNow() >= deadline) throw new StoreUnavailableException();
        return await work(runner);
      } catch (error) {
        if (storeFailureOf(error) !== 'conflict' || attempt === CONFLICT_ATTEMPTS) throw error;
      } finally {
        if (!runner.isReleased) await runner.release();
      }
      await conflictPause();
    }
  }
}

import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { StoreUnavailableException } from '../../core/errors/auth.errors.js';
import type { Dialect } from './sql/dialect.js';
import { monotonicNow } from './sql/patience.js';
import { type GateTurn, SqliteGate } from './sqlite-gate.js';
import { StatementGuard } from './statement-guard.js';

/** One transaction on one connection, from taking the connection to giving it back. */
export abstract class TransactionUnit {
  state: 'starting' | 'open' | 'committing' | 'committed' | 'over' = 'starting';
  readonly effects: (() => void)[] = [];
  readonly guard: StatementGuard;
  private closing: Promise<void> | undefined;

  constructor(
    protected readonly dataSource: DataSource,
    dialect: Dialect,
    protected readonly deadline: number,
  ) {
    this.guard = new StatementGuard(dialect === 'postgres');
  }

  abstract readonly runner: QueryRunner;

  get manager(): EntityManager {
    return this.runner.manager;
  }

  /** Takes the connection and begins. */
  async begin(): Promise<void> {
    await this.start();
    // The deadline may have passed while the connection was waited for.
    if (this.isOver()) throw new StoreUnavailableException();
    this.state = 'open';
  }

  async commit(): Promise<void> {
    if (this.isOver()) throw new StoreUnavailableException();
    this.state = 'committing';
    await this.finish();
    this.state = 'committed';
    this.guard.close('committed');
    await this.release();
  }

  /** Ends the unit without its effects: at once for everybody who uses it, on the connection when its last statement is done. */
  rollback(): Promise<void> {
    if (this.state === 'committed') return Promise.resolve();
    this.state = 'over';
    this.guard.close('over');
    this.closing ??= this.guard
      .idle()
      .then(() => this.undo())
      .catch(() => undefined)
      .then(() => this.release())
      .catch(() => undefined);
    return this.closing;
  }

  /** The deadline has passed. A commit that is under way is left to end by itself: its outcome is the database's. */
  expire(): void {
    if (this.state === 'open') void this.rollback();
    else if (this.state === 'starting') this.state = 'over';
  }

  /** Runs `work` so that its statements are the unit's. */
  abstract inside<T>(work: () => Promise<T>): Promise<T>;
  /** Runs `effect` so that its statements are nobody's. */
  abstract outside(effect: () => void): void;
  /** Runs the unit's whole `life`: as long as it lasts, whatever its work has started is recognised. */
  abstract hold<T>(life: () => Promise<T>): Promise<T>;

  protected abstract start(): Promise<void>;
  protected abstract finish(): Promise<void>;
  protected abstract undo(): Promise<void>;
  protected abstract release(): Promise<void>;

  protected isOver(): boolean {
    return this.state === 'over';
  }
}

/** A unit on a connection of its own from the pool: PostgreSQL, MySQL, MariaDB. */
export class PooledUnit extends TransactionUnit {
  readonly runner: QueryRunner;
  private readonly query: QueryRunner['query'];
  private hasBegun = false;

  constructor(
    dataSource: DataSource,
    private readonly dialect: Dialect,
    deadline: number,
  ) {
    super(dataSource, dialect, deadline);
    this.runner = dataSource.createQueryRunner();
    this.query = this.runner.query.bind(this.runner);
    const guarded = (sql: string, ...rest: unknown[]): Promise<unknown> =>
      this.guard.pass(sql, () => (this.query as (...args: unknown[]) => Promise<unknown>)(sql, ...rest));
    this.runner.query = guarded as QueryRunner['query'];
  }

  inside<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  outside(effect: () => void): void {
    effect();
  }

  hold<T>(life: () => Promise<T>): Promise<T> {
    return life();
  }

  protected async start(): Promise<void> {
    await this.runner.connect();
    if (this.isOver()) throw new StoreUnavailableException();
    // MySQL's default, repeatable read, hides what was committed after the unit's first look and locks gaps between rows.
    await this.runner.startTransaction(this.dialect === 'mysql' ? 'READ COMMITTED' : undefined);
    this.hasBegun = true;
  }

  protected async finish(): Promise<void> {
    await this.runner.commitTransaction();
    this.hasBegun = false;
  }

  protected async undo(): Promise<void> {
    if (!this.hasBegun || this.runner.isReleased) return;
    this.hasBegun = false;
    await this.query('ROLLBACK');
    Object.assign(this.runner, { isTransactionActive: false, transactionDepth: 0 });
  }

  protected async release(): Promise<void> {
    if (!this.runner.isReleased) await this.runner.release();
  }
}

/** A unit on the connection that the whole process shares. */
export class SqliteUnit extends TransactionUnit {
  readonly runner: QueryRunner;
  private readonly gate: SqliteGate;
  private turn: GateTurn | undefined;
  private hasBegun = false;

  constructor(dataSource: DataSource, dialect: Dialect, deadline: number) {
    super(dataSource, dialect, deadline);
    this.runner = dataSource.createQueryRunner();
    this.gate = SqliteGate.of(dataSource);
  }

  inside<T>(work: () => Promise<T>): Promise<T> {
    return this.turn === undefined ? Promise.reject(new StoreUnavailableException()) : this.gate.inside(this.turn, work);
  }

  outside(effect: () => void): void {
    this.gate.outside(effect);
  }

  hold<T>(life: () => Promise<T>): Promise<T> {
    return this.gate.hold(life);
  }

  protected async start(): Promise<void> {
    const turn = await this.gate.enter(this.deadline - monotonicNow(), this.guard);
    this.turn = turn;
    await this.gate.connection.begin(this.deadline);
    this.hasBegun = true;
    Object.assign(turn.transaction, { isActive: true, depth: 1 });
  }

  protected async finish(): Promise<void> {
    await this.gate.connection.commit();
    this.hasBegun = false;
  }

  protected async undo(): Promise<void> {
    if (!this.hasBegun) return;
    this.hasBegun = false;
    await this.gate.connection.rollback();
  }

  protected async release(): Promise<void> {
    this.turn?.end();
    this.turn = undefined;
  }
}

import type { DataSource, QueryRunner } from 'typeorm';
import { AsyncScope } from '../../common/async-scope.js';
import { AsyncLock } from '../../common/async-lock.js';
import { StoreUnavailableException } from '../../core/errors/auth.errors.js';
import type { PoolUse } from '../../core/ports/unit-of-work.js';
import { monotonicNow, runPatiently } from './sql/patience.js';
import { SqliteConnection } from './sqlite-connection.js';
import type { StatementGuard } from './statement-guard.js';

/** TypeORM's knowledge of the transaction it is in, by which it decides between BEGIN, SAVEPOINT and neither. */
interface TransactionState {
  isActive: boolean;
  depth: number;
}

/** Possession of the one connection. */
export interface GateTurn {
  readonly key: symbol;
  readonly guard: StatementGuard | undefined;
  readonly transaction: TransactionState;
  end(): void;
}

type Query = (sql: string, parameters?: unknown[], ...rest: unknown[]) => Promise<unknown>;

/** What a host's statement waits for another process: the busy timeout that TypeORM sets by default, and that ours replaces. */
const HOST_PATIENCE_MS = 5_000;

const WRITES = /^\s*(INSERT|UPDATE|DELETE|REPLACE|WITH)\b/i;

const GATE = Symbol('nestjs-latchkey.sqlite-gate');
type GatedRunner = QueryRunner & { [GATE]?: SqliteGate };

/**
 * Lets one at a time onto SQLite's connection, which TypeORM shares between everybody: our units, our statements, the host's
 * transactions, the host's statements. Without it concurrent transactions become savepoints of one another, and the rollback of one
 * takes what another has committed.
 *
 * It wraps the shared query runner, once per data source, so that the host waits too. What runs inside a unit is recognised by its
 * asynchronous context and passes. The host's transactions are waited for, and are begun as ours are; among themselves they behave as
 * TypeORM makes them.
 */
export class SqliteGate {
  readonly connection: SqliteConnection;
  private readonly lock = new AsyncLock();
  private readonly turns = new AsyncScope<GateTurn>();
  private readonly host: TransactionState = { isActive: false, depth: 0 };
  private owner: symbol | 'host' | undefined;
  private endHostTurn: (() => void) | undefined;

  /** The gate of a data source, put up when it is first asked for. */
  static of(dataSource: DataSource): SqliteGate {
    const runner = dataSource.createQueryRunner() as GatedRunner;
    runner[GATE] ??= new SqliteGate(runner);
    return runner[GATE];
  }

  private constructor(private readonly runner: QueryRunner) {
    this.connection = new SqliteConnection(runner);
    this.separateTransactionStates();
    this.guardQueries();
    this.guardTransactions();
  }

  /**
   * Waits until nobody else is on the connection.
   *
   * @throws StoreUnavailableException when `waitMs` pass first
   */
  async enter(waitMs: number, guard?: StatementGuard): Promise<GateTurn> {
    const release = await this.lock.acquire(waitMs);
    if (release === null) throw new StoreUnavailableException();
    const key = Symbol('turn');
    this.owner = key;
    const end = (): void => {
      if (this.owner === key) this.owner = undefined;
      release();
    };
    return { key, guard, transaction: { isActive: false, depth: 0 }, end };
  }

  /** Runs `work` as the possessor of the connection. */
  inside<T>(turn: GateTurn, work: () => Promise<T>): Promise<T> {
    return this.turns.run(turn, work);
  }

  /** Runs `effect` as somebody who possesses nothing. */
  outside(effect: () => void): void {
    this.turns.exit(effect);
  }

  /** Runs the whole `life` of a unit: see {@link AsyncScope.hold}. */
  hold<T>(life: () => Promise<T>): Promise<T> {
    return this.turns.hold(life);
  }

  /** The one connection, as a pool of one. */
  get use(): PoolUse {
    const inUse = this.lock.isHeld ? 1 : 0;
    return { limit: 1, inUse, idle: 1 - inUse, waiting: this.lock.queued };
  }

  /** The transaction of who asks: a unit's is no business of what runs beside it. */
  private get transaction(): TransactionState {
    const turn = this.turns.current;
    return turn !== undefined && this.owner === turn.key ? turn.transaction : this.host;
  }

  private get isPossessor(): boolean {
    const turn = this.turns.current;
    return this.owner === 'host' || (turn !== undefined && this.owner === turn.key);
  }

  private separateTransactionStates(): void {
    const property = <K extends keyof TransactionState>(key: K): PropertyDescriptor => ({
      configurable: true,
      enumerable: true,
      get: () => this.transaction[key],
      set: (value: TransactionState[K]) => void (this.transaction[key] = value),
    });
    Object.defineProperties(this.runner, { isTransactionActive: property('isActive'), transactionDepth: property('depth') });
  }

  private guardQueries(): void {
    const original = this.runner.query.bind(this.runner) as Query;
    const query: Query = (sql, parameters, ...rest) => {
      if (this.owner === 'host' && sql === 'BEGIN TRANSACTION') return this.connection.begin(monotonicNow() + HOST_PATIENCE_MS);
      return original(sql, isLoneNull(parameters) ? [[null]] : parameters, ...rest);
    };
    const guarded: Query = async (sql, ...rest) => {
      const guard = this.turns.current?.guard;
      const statement = (): Promise<unknown> =>
        this.isPossessor ? query(sql, ...rest) : this.asGuest(sql, () => query(sql, ...rest));
      // What still runs in the context of a committed unit is an ordinary guest; what runs in that of a failed one must not be written.
      return guard === undefined || guard.isCommitted ? statement() : guard.pass(sql, statement);
    };
    this.runner.query = guarded as QueryRunner['query'];
  }

  /** A statement of the host outside of any transaction. */
  private async asGuest(sql: string, statement: () => Promise<unknown>): Promise<unknown> {
    const release = await this.lock.acquire();
    const deadline = monotonicNow() + HOST_PATIENCE_MS;
    try {
      return await (WRITES.test(sql) ? this.connection.atomically(deadline, statement) : runPatiently(deadline, statement));
    } finally {
      release?.();
    }
  }

  private guardTransactions(): void {
    const runner = this.runner;
    const start = runner.startTransaction.bind(runner);
    const commit = runner.commitTransaction.bind(runner);
    const rollback = runner.rollbackTransaction.bind(runner);

    runner.startTransaction = async (isolationLevel) => {
      if (!this.isPossessor) {
        this.endHostTurn = (await this.lock.acquire()) ?? undefined;
        this.owner = 'host';
      }
      try {
        await start(isolationLevel);
      } finally {
        this.endHostTurnIfOver();
      }
    };
    runner.commitTransaction = () => commit().finally(() => this.endHostTurnIfOver());
    runner.rollbackTransaction = () => rollback().finally(() => this.endHostTurnIfOver());
  }

  private endHostTurnIfOver(): void {
    if (this.owner !== 'host') return;
    // TypeORM believes in a transaction whose BEGIN or COMMIT has failed; the connection knows better.
    if (this.host.isActive && this.connection.isInTransaction !== false) return;
    Object.assign(this.host, { isActive: false, depth: 0 });
    this.owner = undefined;
    this.endHostTurn?.();
    this.endHostTurn = undefined;
  }
}

/** Drivers with the API of better-sqlite3 take parameters one by one or as one object; libsql takes a lone `null` for the latter. */
const isLoneNull = (parameters: unknown): boolean =>
  Array.isArray(parameters) && parameters.length === 1 && (parameters[0] === null || parameters[0] === undefined);

import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, QueryRunner } from 'typeorm';
import { AsyncLock } from '../../common/async-lock.js';
import { StoreUnavailableException } from '../../core/errors/auth.errors.js';
import type { StatementGuard } from './statement-guard.js';

/** Possession of the one connection. */
export interface GateTurn {
  readonly key: symbol;
  readonly guard: StatementGuard | undefined;
  end(): void;
}

const GATE = Symbol('nestjs-latchkey.sqlite-gate');
type Query = (sql: unknown, parameters?: unknown, ...rest: unknown[]) => Promise<unknown>;
type GatedRunner = QueryRunner & { [GATE]?: SqliteGate };

/**
 * Lets one at a time onto SQLite's connection, which TypeORM shares between everybody: our units, our statements, the host's
 * transactions, the host's statements. Without it concurrent transactions become savepoints of one another, and the rollback of one
 * takes what another has committed.
 *
 * It wraps the shared query runner, once per data source, so that statements of the host wait too. What runs inside a unit is
 * recognised by its asynchronous context and passes. The host's own transactions are waited for; among themselves they behave as
 * TypeORM makes them.
 */
export class SqliteGate {
  private readonly lock = new AsyncLock();
  private readonly turns = new AsyncLocalStorage<GateTurn | undefined>();
  private owner: symbol | 'host' | undefined;
  private endHostTurn: (() => void) | undefined;

  /** The gate of a data source, put up when it is first asked for. */
  static of(dataSource: DataSource): SqliteGate {
    const runner = dataSource.createQueryRunner() as GatedRunner;
    runner[GATE] ??= new SqliteGate(runner);
    return runner[GATE];
  }

  private constructor(private readonly runner: QueryRunner) {
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
    return { key, guard, end };
  }

  /** Runs `work` as the possessor of the connection. */
  inside<T>(turn: GateTurn, work: () => Promise<T>): Promise<T> {
    return this.turns.run(turn, work);
  }

  /** Runs `effect` as somebody who possesses nothing. */
  outside(effect: () => void): void {
    this.turns.run(undefined, effect);
  }

  private guardQueries(): void {
    const original = this.runner.query.bind(this.runner) as (...args: unknown[]) => Promise<unknown>;
    const query: Query = (sql, parameters, ...rest) => original(sql, isLoneNull(parameters) ? [[null]] : parameters, ...rest);
    const guarded = async (...args: Parameters<Query>): Promise<unknown> => {
      const turn = this.turns.getStore();
      // What still runs in the context of a committed unit is an ordinary guest; what runs in that of a failed one must not be written.
      if (turn?.guard === undefined || turn.guard.isCommitted) return this.asOwnerOrGuest(turn, query, args);
      return turn.guard.pass(String(args[0]), () => this.asOwnerOrGuest(turn, query, args));
    };
    this.runner.query = guarded as QueryRunner['query'];
  }

  private async asOwnerOrGuest(turn: GateTurn | undefined, query: Query, args: Parameters<Query>): Promise<unknown> {
    if (this.owner === 'host' || (turn !== undefined && this.owner === turn.key)) return query(...args);
    const release = await this.lock.acquire();
    try {
      return await query(...args);
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
      const turn = this.turns.getStore();
      const isInside = this.owner === 'host' || (turn !== undefined && this.owner === turn.key);
      if (!isInside) {
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
    if (this.runner.isTransactionActive && this.isInTransaction() !== false) return;
    Object.assign(this.runner, { isTransactionActive: false, transactionDepth: 0 });
    this.owner = undefined;
    this.endHostTurn?.();
    this.endHostTurn = undefined;
  }

  /** `undefined` with a driver that does not tell. */
  private isInTransaction(): boolean | undefined {
    const { databaseConnection } = this.runner.connection.driver as { databaseConnection?: { inTransaction?: boolean } };
    return databaseConnection?.inTransaction;
  }
}

/** Drivers with the API of better-sqlite3 take parameters one by one or as one object; libsql takes a lone `null` for the latter. */
const isLoneNull = (parameters: unknown): boolean =>
  Array.isArray(parameters) && parameters.length === 1 && (parameters[0] === null || parameters[0] === undefined);

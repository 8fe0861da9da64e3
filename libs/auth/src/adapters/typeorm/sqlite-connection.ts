import type { QueryRunner } from 'typeorm';
import { runPatiently } from './sql/patience.js';

/** Of a driver with the API of better-sqlite3. */
interface DirectConnection {
  exec(sql: string): unknown;
  inTransaction: boolean;
}

/**
 * Begins and ends transactions on SQLite's one connection. Always `BEGIN IMMEDIATE`: who begins with a read and writes later can be
 * refused for good, and is not waited for by the busy timeout.
 *
 * Where it can it speaks to the driver directly. A *prepared* statement that fails with SQLITE_BUSY stays active in libsql, and from then
 * on every read of the connection sees the database as it was at that moment.
 */
export class SqliteConnection {
  private readonly query: QueryRunner['query'];

  constructor(private readonly runner: QueryRunner) {
    this.query = runner.query.bind(runner) as QueryRunner['query'];
  }

  /** `undefined` with a driver that does not tell. */
  get isInTransaction(): boolean | undefined {
    return this.direct?.inTransaction;
  }

  /** @throws the driver's SQLITE_BUSY when another process has the lock until `deadline` */
  begin(deadline: number): Promise<void> {
    return runPatiently(deadline, () => this.run('BEGIN IMMEDIATE'));
  }

  commit(): Promise<void> {
    return this.run('COMMIT');
  }

  rollback(): Promise<void> {
    return this.run('ROLLBACK');
  }

  /** Runs `work` in a transaction of its own. */
  async atomically<T>(deadline: number, work: () => Promise<T>): Promise<T> {
    await this.begin(deadline);
    try {
      const result = await work();
      await this.commit();
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors.
      await this.rollback().catch(() => undefined);
      throw error;
    }
  }

  private get direct(): DirectConnection | undefined {
    const { driver, options } = this.runner.connection;
    if (options.type !== 'better-sqlite3') return undefined;
    return (driver as unknown as { databaseConnection: DirectConnection }).databaseConnection;
  }

  private async run(sql: string): Promise<void> {
    const { direct } = this;
    if (direct === undefined) {
      await this.query(sql);
      return;
    }
    this.runner.connection.logger.logQuery(sql, [], this.runner);
    direct.exec(sql);
  }
}

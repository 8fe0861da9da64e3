import {
  DataSource,
  type DataSourceOptions,
  type Logger,
  MigrationExecutor,
  type MigrationInterface,
  type QueryRunner,
  Table,
} from 'typeorm';
import { AuthDatabase } from '../auth-database.js';
import { type DatabaseAddress, dataSourceOptionsFor } from '../database-url.js';
import { type Dialect, dialectOf } from '../sql/dialect.js';
import { authMigrations, authSideMigrations } from './auth-migrations.js';
import { recordSql } from './sql-record.js';

/** A migration of the data source, in the order in which they run. */
export interface PlannedMigration {
  name: string;
  /** Whether the database has it. */
  isRun: boolean;
}

export interface MigrationSql {
  name: string;
  /** Without semicolons; the last one records that the migration has run. */
  statements: string[];
}

/** TypeORM does not keep two processes from migrating at the same time. On SQLite the one lock is that of whoever writes. */
const TURNS: Readonly<Record<Dialect, { take: string; give: string } | null>> = {
  postgres: { take: 'SELECT pg_advisory_lock(1795000100)', give: 'SELECT pg_advisory_unlock(1795000100)' },
  mysql: { take: "SELECT GET_LOCK('latchkey-migrations', 600) AS taken", give: "SELECT RELEASE_LOCK('latchkey-migrations')" },
  sqlite: null,
};

const nothing = (): void => undefined;
/** TypeORM tells of migrations on the output stream, whatever `logging` is; whoever asks for them tells in its own words. */
const SILENCE: Logger = {
  ...{ log: nothing, logQuery: nothing, logQueryError: nothing, logQuerySlow: nothing },
  ...{ logSchemaBuild: nothing, logMigration: nothing },
};

/** TypeORM's default. */
const MIGRATIONS_TABLE = 'migrations';

/** The migrations of a data source that is connected, the library's among them, without the application. */
export class MigrationPlan {
  constructor(private readonly dataSource: DataSource) {}

  /** Of a database whose tables are all the library's. The caller ends it with {@link close}. */
  static async at(address: DatabaseAddress): Promise<MigrationPlan> {
    const known = { migrations: authMigrations, logger: SILENCE };
    const options = { ...(await dataSourceOptionsFor(address)), ...known } as DataSourceOptions;
    return new MigrationPlan(await new DataSource(options).initialize());
  }

  /** Of an application, which need not have started: the data source is connected before anybody looks for tables. */
  static of(find: <T>(token: abstract new (...args: never[]) => T) => T | undefined): MigrationPlan | undefined {
    const dataSource = find(AuthDatabase)?.dataSource ?? find(DataSource);
    return dataSource?.isInitialized === true ? new MigrationPlan(dataSource) : undefined;
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
  }

  /** Whether the library's own migrations are among them. */
  get hasOurs(): boolean {
    const names = this.migrations().map(({ name }) => name);
    return authSideMigrations.every(({ name }) => names.includes(name));
  }

  list(): Promise<PlannedMigration[]> {
    return this.withRunner(async (runner) => {
      const executed = await this.executed(runner);
      return this.migrations().map(({ name }) => ({ name, isRun: executed.has(name) }));
    });
  }

  /**
   * Runs what is pending, one process after the other; returns the names in the order in which they were run.
   *
   * @throws Error when another process is still at it after ten minutes, on MySQL and MariaDB; PostgreSQL waits
   */
  run(): Promise<string[]> {
    const turn = TURNS[dialectOf(this.dataSource)];
    return this.withRunner(async (runner) => {
      if (turn !== null) await takeTurn(runner, turn.take);
      try {
        // On the connection that has the turn, so that a pool of one is enough.
        const executor = new MigrationExecutor(this.dataSource, runner);
        executor.transaction = this.dataSource.options.migrationsTransactionMode ?? 'all';
        return (await executor.executePendingMigrations()).map(({ name }) => name);
      } finally {
        if (turn !== null) await runner.query(turn.give);
      }
    });
  }

  /**
   * What {@link run} would do, without doing it: for whoever may not change tables, and hands the text to who may.
   *
   * @throws Error for a migration that cannot be written down, e.g. because it reads what an earlier one is yet to make
   */
  sql(): Promise<MigrationSql[]> {
    return this.withRunner(async (runner) => {
      const executed = await this.executed(runner);
      const pending = this.migrations().filter(({ name }) => !executed.has(name));
      const record = recordSql(runner);
      const plan: MigrationSql[] = [];
      for (const { name, timestamp, instance } of pending) {
        try {
          await runner.createTable(this.recordTable(), true);
          await instance.up(runner);
          plan.push({ name, statements: [...record.take(), this.recordOf(name, timestamp)] });
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          throw new Error(`${name} cannot be written down: ${reason}`, { cause: error });
        }
      }
      return plan;
    });
  }

  /** As TypeORM sorts them: by the time at the end of their names. */
  private migrations(): { name: string; timestamp: number; instance: MigrationInterface }[] {
    return this.dataSource.migrations
      .map((instance) => {
        const name = instance.name ?? instance.constructor.name;
        return { name, timestamp: Number.parseInt(name.slice(-13), 10), instance };
      })
      .toSorted((a, b) => a.timestamp - b.timestamp);
  }

  private async executed(runner: QueryRunner): Promise<Set<string>> {
    if (!(await runner.hasTable(this.recordTable()))) return new Set();
    const name = this.dataSource.driver.escape('name');
    const rows = (await runner.query(`SELECT ${name} FROM ${this.recordPath}`)) as { name: string }[];
    return new Set(rows.map((row) => row.name));
  }

  /** As TypeORM makes it. */
  private recordTable(): Table {
    const { driver } = this.dataSource;
    const { migrationId, migrationTimestamp, migrationName } = driver.mappedDataTypes;
    return new Table({
      name: this.recordName,
      columns: [
        {
          name: 'id',
          type: driver.normalizeType({ type: migrationId }),
          isGenerated: true,
          generationStrategy: 'increment',
          isPrimary: true,
        },
        { name: 'timestamp', type: driver.normalizeType({ type: migrationTimestamp }) },
        { name: 'name', type: driver.normalizeType({ type: migrationName }) },
      ],
    });
  }

  private recordOf(name: string, timestamp: number): string {
    const { driver } = this.dataSource;
    const columns = ['timestamp', 'name'].map((column) => driver.escape(column)).join(', ');
    return `INSERT INTO ${this.recordPath} (${columns}) VALUES (${timestamp}, '${name.replaceAll("'", "''")}')`;
  }

  private get recordName(): string {
    const { driver, options } = this.dataSource;
    const { schema } = options as { schema?: string };
    return driver.buildTableName(options.migrationsTableName ?? MIGRATIONS_TABLE, schema, driver.database);
  }

  private get recordPath(): string {
    return this.recordName
      .split('.')
      .map((part) => this.dataSource.driver.escape(part))
      .join('.');
  }

  private async withRunner<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      return await work(runner);
    } finally {
      await runner.release();
    }
  }
}

/** MySQL answers 0 when its patience is over, and does not fail. */
async function takeTurn(runner: QueryRunner, sql: string): Promise<void> {
  const [row] = (await runner.query(sql)) as { taken?: unknown }[];
  if (row !== undefined && 'taken' in row && Number(row.taken) !== 1) {
    throw new Error('Another process has been running migrations for ten minutes: see whether it hangs, then run them again');
  }
}

import { StoreUnavailableException } from '../../core/errors/auth.errors.js';
import { type StorageFacts, StorageInspector } from '../../core/ports/storage-inspector.js';
import type { AuthDatabase } from './auth-database.js';
import { authMigrations } from './migrations/auth-migrations.js';
import { DATABASE_NOW } from './sql/dialect.js';
import type { TypeOrmSchemaCheck } from './typeorm-schema-check.js';
import type { UserTable } from './user-table.js';

/** Hashes read at a time. */
const PAGE = 1_000;

const OURS: readonly string[] = authMigrations.map(({ name }) => name);

/** What TypeORM's data source and its database tell. */
export class TypeOrmStorageInspector extends StorageInspector {
  constructor(
    private readonly database: AuthDatabase,
    private readonly users: UserTable,
    private readonly schema: TypeOrmSchemaCheck,
  ) {
    super();
  }

  async facts(now: () => number): Promise<StorageFacts> {
    const { options } = this.database.dataSource;
    const [faults, pendingMigrations, clockSkew] = await Promise.all([
      this.schema.faults(),
      this.pendingMigrations(),
      this.clockSkew(now),
      // Read now, so that no request waits for it.
      this.users.idCollation(),
    ]);
    return {
      engine: this.database.dialect === 'sqlite' ? 'sqlite' : options.type,
      synchronizes: options.synchronize === true,
      poolSize: this.database.dialect === 'sqlite' ? undefined : poolSizeOf(options),
      pendingMigrations,
      faults,
      clockSkew,
    };
  }

  override async countHashes(isOutdated: (hash: string) => boolean): Promise<{ total: number; outdated: number }> {
    const { users } = this;
    const [id, hash] = [users.column('id'), users.column('passwordHash')];
    let [total, outdated] = [0, 0];
    let after: unknown;
    for (;;) {
      const rows = await this.database.rows(
        (q) => `SELECT ${id} AS id, ${hash} AS hash FROM ${users.path} WHERE ${hash} IS NOT NULL
          ${after === undefined ? '' : `AND ${id} > ${q.value(after)}`} ORDER BY ${id} LIMIT ${PAGE}`,
      );
      total += rows.length;
      outdated += rows.filter((row) => isOutdated(String(row['hash']))).length;
      if (rows.length < PAGE) return { total, outdated };
      after = rows.at(-1)!['id'];
    }
  }

  /** Those of the library that the host has listed; what it has not listed shows in the schema. */
  private async pendingMigrations(): Promise<readonly string[]> {
    const { dataSource } = this.database;
    const listed = dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name);
    const ours = OURS.filter((name) => listed.includes(name));
    if (ours.length === 0) return [];
    const table = dataSource.driver.buildTableName(
      dataSource.options.migrationsTableName ?? 'migrations',
      (dataSource.options as { schema?: string }).schema,
    );
    const rows = await this.database
      .rows(() => `SELECT name FROM ${this.database.escapePath(table)}`)
      .catch((error: unknown) => {
        if (error instanceof StoreUnavailableException) throw error;
        // Without the table no migration has run.
        return [];
      });
    const run = new Set(rows.map((row) => String(row['name'])));
    return ours.filter((name) => !run.has(name));
  }

  private async clockSkew(now: () => number): Promise<number> {
    const before = now();
    const [row] = await this.database.rows(() => `SELECT ${DATABASE_NOW[this.database.dialect]} AS now`);
    return Number(row!['now']) - (before + now()) / 2;
  }
}

/** As the host has set it, in TypeORM's words or in the driver's. */
function poolSizeOf(options: object): number | null {
  const { poolSize, extra } = options as { poolSize?: number; extra?: { max?: number; connectionLimit?: number } };
  return poolSize ?? extra?.max ?? extra?.connectionLimit ?? null;
}

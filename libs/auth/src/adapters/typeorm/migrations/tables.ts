import { type QueryRunner, Table, TableColumn, type TableColumnOptions, TableIndex } from 'typeorm';
import type { DataSource } from 'typeorm';
import { dialectOf } from '../sql/dialect.js';

/** What the tables of one migration are made with: the host's prefix and schema, and the collation in which identity is compared. */
export class TableMaker {
  private constructor(
    private readonly runner: QueryRunner,
    private readonly collation: string | undefined,
  ) {}

  static async for(runner: QueryRunner): Promise<TableMaker> {
    return new TableMaker(runner, dialectOf(runner.connection) === 'mysql' ? await binaryCollation(runner) : undefined);
  }

  /** Text that is compared byte by byte. */
  key(name: string, length: number, options: Partial<TableColumnOptions> = {}): TableColumnOptions {
    return { name, type: 'varchar', length: String(length), ...this.charset(), ...options };
  }

  /**
   * Text that is not looked up; 64 KiB on MySQL and MariaDB. A longer type there is none that entities can name on every database, and a
   * host's `migration:generate` would drop what differs from the entity.
   */
  text(name: string, options: Partial<TableColumnOptions> = {}): TableColumnOptions {
    return { name, type: 'text', ...this.charset(), ...options };
  }

  integer(name: string, options: Partial<TableColumnOptions> = {}): TableColumnOptions {
    return { name, type: this.dialect === 'sqlite' ? 'integer' : 'int', ...options };
  }

  small(name: string): TableColumnOptions {
    return { name, type: 'smallint' };
  }

  /** Milliseconds since the epoch. */
  time(name: string, options: Partial<TableColumnOptions> = {}): TableColumnOptions {
    return { name, type: 'bigint', ...options };
  }

  date(name: string): TableColumnOptions {
    return { name, type: this.dateType, precision: 3, isNullable: true };
  }

  /** Written by the database, as TypeORM's `CreateDateColumn` and `UpdateDateColumn` expect. */
  generatedDate(name: string, isUpdate = false): TableColumnOptions {
    if (this.dialect === 'postgres') return { name, type: 'timestamp', default: 'now()' };
    if (this.dialect === 'sqlite') return { name, type: 'datetime', default: "datetime('now')" };
    const now = 'CURRENT_TIMESTAMP(6)';
    return { name, type: 'datetime', precision: 6, default: now, ...(isUpdate ? { onUpdate: now } : {}) };
  }

  /** Creates a table unless it exists. Index names are those TypeORM gives to the entities' indices. */
  async create(
    name: string,
    columns: TableColumnOptions[],
    indices: readonly { columns: string[]; unique?: boolean }[] = [],
  ): Promise<void> {
    const path = this.path(name);
    const table = new Table({
      name: path,
      columns,
      indices: indices.map(({ columns: columnNames, unique }) => ({
        name: this.indexName(name, columnNames),
        columnNames,
        isUnique: unique === true,
      })),
      ...(this.dialect === 'mysql' ? { engine: 'InnoDB' } : {}),
    });
    await this.runner.createTable(table, true);
  }

  /** Adds a column with an index of its own to a table that exists. */
  async addIndexed(name: string, column: TableColumnOptions): Promise<void> {
    const path = this.path(name);
    await this.runner.addColumn(path, new TableColumn(column));
    await this.runner.createIndex(path, new TableIndex({ name: this.indexName(name, [column.name]), columnNames: [column.name] }));
  }

  async removeIndexed(name: string, column: string): Promise<void> {
    const path = this.path(name);
    await this.runner.dropIndex(path, this.indexName(name, [column]));
    await this.runner.dropColumn(path, column);
  }

  async drop(name: string): Promise<void> {
    await this.runner.dropTable(this.path(name), true);
  }

  private get dataSource(): DataSource {
    return this.runner.connection;
  }

  private get dialect(): ReturnType<typeof dialectOf> {
    return dialectOf(this.dataSource);
  }

  private get dateType(): string {
    return this.dialect === 'postgres' ? 'timestamp' : 'datetime';
  }

  private indexName(name: string, columns: string[]): string {
    return this.dataSource.namingStrategy.indexName(this.prefixed(name), columns);
  }

  private prefixed(name: string): string {
    return `${this.dataSource.options.entityPrefix ?? ''}${name}`;
  }

  private path(name: string): string {
    const { schema } = this.dataSource.options as { schema?: string };
    return schema === undefined || schema === '' ? this.prefixed(name) : `${schema}.${this.prefixed(name)}`;
  }

  private charset(): Partial<TableColumnOptions> {
    return this.collation === undefined ? {} : { charset: 'utf8mb4', collation: this.collation };
  }
}

/** `utf8mb4_bin` ignores spaces at the end; newer servers have a collation that ignores nothing. */
async function binaryCollation(runner: QueryRunner): Promise<string> {
  const rows = (await runner.query(
    `SELECT collation_name AS name FROM information_schema.collations WHERE collation_name IN ('utf8mb4_nopad_bin', 'utf8mb4_0900_bin')`,
  )) as { name: string }[];
  return rows[0]?.name ?? 'utf8mb4_bin';
}

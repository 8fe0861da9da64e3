import type { EntityMetadata, EntityTarget } from 'typeorm';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import type { AuthUser } from '../../core/ports/user.repository.js';
import type { AuthDatabase, Row } from './auth-database.js';
import { ignoredColumnName } from './entities/override-column.decorator.js';
import { type ColumnMetadata, type IdCollation, UserIdColumn } from './user-id.js';

/** The columns the library needs, by property. */
export const ACCOUNT_PROPERTIES = [
  'id',
  'email',
  'emailConfirmedAt',
  'name',
  'passwordHash',
  'disabledAt',
  'lockedAt',
  'credentialsVersion',
  'emailVersion',
  'createdAt',
] as const;
export type AccountProperty = (typeof ACCOUNT_PROPERTIES)[number];

/** The host's user entity: names always from its metadata, rows to entities as TypeORM would make them. */
export class UserTable {
  readonly metadata: EntityMetadata;
  /** Quoted, with schema. */
  readonly path: string;
  readonly id: UserIdColumn;
  private readonly columns: ReadonlyMap<string, ColumnMetadata>;
  private readonly selected: readonly ColumnMetadata[];
  private collation: Promise<IdCollation | undefined> | undefined;

  constructor(
    private readonly database: AuthDatabase,
    readonly entity: EntityTarget<AuthUser>,
  ) {
    const { dataSource } = database;
    this.metadata = dataSource.getMetadata(entity);
    this.path = database.escapePath(this.metadata.tablePath);
    this.columns = accountColumns(this.metadata);
    this.selected = this.metadata.columns.filter(
      (column) => !column.isVirtual && !column.isVirtualProperty && column.isSelect && column.propertyName !== 'passwordHash',
    );
    const id = this.columns.get('id')!;
    this.id = new UserIdColumn(id, database.dialect, dataSource.driver.normalizeType(id));
  }

  /** Quoted name of the column of a property, after `alias` when given. */
  column(property: AccountProperty, alias?: string): string {
    return this.quoted(this.columns.get(property)!.databaseName, alias);
  }

  /** Name of the column of a property, as the database has it. */
  columnName(property: AccountProperty): string {
    return this.columns.get(property)!.databaseName;
  }

  /** A date as the column of a property takes it in a statement of ours. */
  dateOf(property: AccountProperty, date: Date | null): unknown {
    return date === null ? null : this.database.dataSource.driver.preparePersistentValue(date, this.columns.get(property)!);
  }

  /** The columns of an entity as it is loaded elsewhere: never the hash. */
  select(alias: string): string {
    return this.selected.map((column, index) => `${this.quoted(column.databaseName, alias)} AS u_${index}`).join(', ');
  }

  /** The condition under which a row is an account: an entity with a delete date keeps the rows of those that are gone. */
  exists(alias?: string): string {
    const deleted = this.metadata.deleteDateColumn;
    return deleted === undefined ? '1 = 1' : `${this.quoted(deleted.databaseName, alias)} IS NULL`;
  }

  /** `LEFT JOIN` of the account whose id is the text `expression`. */
  async leftJoin(alias: string, expression: string): Promise<string> {
    const id = this.id.fromText(expression, await this.idCollation());
    return `LEFT JOIN ${this.path} ${alias} ON ${this.column('id', alias)} = ${id} AND ${this.exists(alias)}`;
  }

  /** `null` when the row has no account, as after a `LEFT JOIN`. */
  hydrate(row: Row): AuthUser | null {
    const { driver } = this.database.dataSource;
    const entity = this.metadata.create(undefined, { fromDeserializer: true }) as AuthUser;
    let hasId = false;
    for (const [index, column] of this.selected.entries()) {
      const raw = row[`u_${index}`];
      if (column.propertyName === 'id') hasId = raw !== null && raw !== undefined;
      column.setEntityValue(entity, driver.prepareHydratedValue(raw, column));
    }
    if (!hasId) return null;
    for (const listener of this.metadata.afterLoadListeners) if (listener.isAllowed(entity)) void listener.execute(entity);
    return entity;
  }

  /** Asks once, so that no statement of a flow has to: called while the application starts. */
  idCollation(): Promise<IdCollation | undefined> {
    this.collation ??= this.readIdCollation().catch((error: unknown) => {
      this.collation = undefined;
      throw error;
    });
    return this.collation;
  }

  private async readIdCollation(): Promise<IdCollation | undefined> {
    if (this.database.dialect !== 'mysql' || !this.id.isText) return undefined;
    const [row] = await this.database.rows(
      (q) => `SELECT character_set_name AS charset, collation_name AS collation FROM information_schema.columns
        WHERE table_schema = COALESCE(${q.text(this.metadata.database ?? null)}, DATABASE())
        AND table_name = ${q.text(this.metadata.tableName)} AND column_name = ${q.text(this.columnName('id'))}`,
    );
    return typeof row?.['charset'] === 'string' ? (row as unknown as IdCollation) : undefined;
  }

  private quoted(name: string, alias?: string): string {
    const column = this.database.dataSource.driver.escape(name);
    return alias === undefined ? column : `${alias}.${column}`;
  }
}

/** @throws AuthConfigurationError when the entity is no account */
function accountColumns(metadata: EntityMetadata): ReadonlyMap<string, ColumnMetadata> {
  const problems: string[] = [];
  const misnamed: { property: string; ignored: string }[] = [];
  const columns = new Map<string, ColumnMetadata>();
  for (const property of ACCOUNT_PROPERTIES) {
    const column = metadata.findColumnWithPropertyPath(property);
    if (column === undefined) problems.push(`has no column "${property}"`);
    else columns.set(property, column);
    const ignored = column === undefined ? undefined : ignoredColumnName(metadata, column);
    if (ignored !== undefined) misnamed.push({ property, ignored });
  }
  if (metadata.primaryColumns.length !== 1 || metadata.primaryColumns[0]?.propertyName !== 'id') {
    problems.push('must have "id" as its one primary column');
  }
  if (problems.length + misnamed.length === 0) return columns;
  const option = 'storage.userEntity';
  throw new AuthConfigurationError([
    ...problems.map((problem) => ({
      option,
      problem: `Entity ${metadata.name} ${problem}.`,
      remedy: 'Let it extend LatchkeyUser, or LatchkeyAccount with an id of your own.',
    })),
    ...misnamed.map(({ property, ignored }) => ({
      option,
      problem: `Entity ${metadata.name} names "${property}" with a decorator of TypeORM, which ignores it on inherited columns.`,
      remedy: `Use @OverrideColumn({ name: '${ignored}' }) of nestjs-latchkey/typeorm.`,
    })),
  ]);
}

import type { EntityMetadata } from 'typeorm';
import type { SchemaFault } from '../../core/ports/storage-inspector.js';
import type { AuthDatabase } from './auth-database.js';
import { authSideEntities } from './entities/auth-entities.js';
import { readSchema, type TableFact } from './schema-facts.js';
import type { UserTable } from './user-table.js';

/**
 * Compares the database with what the library relies on: a missing unique index is a race, a wrong collation makes `josé@` find `jose@`,
 * and both would show only under attack.
 */
export class TypeOrmSchemaCheck {
  constructor(
    private readonly database: AuthDatabase,
    private readonly users: UserTable,
  ) {}

  /** Everything that is missing or wrong; two statements, three on MySQL and MariaDB. */
  async faults(): Promise<SchemaFault[]> {
    const { dataSource, dialect } = this.database;
    const sides = authSideEntities.map((entity) => dataSource.getMetadata(entity));
    const [facts, connection] = await Promise.all([
      readSchema(this.database, [this.users.metadata, ...sides]),
      dialect === 'mysql' ? this.connectionFaults() : [],
    ]);
    return [
      ...tableFaults(this.users.metadata, facts, userIndices(this.users)),
      ...sides.flatMap((metadata) => tableFaults(metadata, facts, allIndices(metadata))),
      ...(dialect === 'mysql' ? this.collationFaults(facts) : []),
      ...connection,
    ];
  }

  /**
   * Columns of the user table without which no account can be inserted and which nothing fills: neither the library, nor the database,
   * nor the entity by itself, nor `known` properties (the profile's fields, what sign-up policies add).
   */
  async unfilledColumns(known: readonly string[]): Promise<string[]> {
    const { metadata } = this.users;
    const facts = (await readSchema(this.database, [metadata])).get(metadata.tablePath);
    const filled = await propertiesFilledByEntity(metadata);
    const isFilled = (name: string): boolean => {
      const column = metadata.columns.find(({ databaseName }) => databaseName.toLowerCase() === name);
      if (column === undefined) return false;
      const isOfTypeOrm =
        column.isGenerated || column.isCreateDate || column.isUpdateDate || column.isVersion || column.isDiscriminator;
      return isOfTypeOrm || filled.has(column.propertyName) || known.includes(column.propertyName);
    };
    return [...(facts?.columns ?? [])].filter(([name, { isRequired }]) => isRequired && !isFilled(name)).map(([name]) => name);
  }

  private collationFaults(facts: ReadonlyMap<string, TableFact>): SchemaFault[] {
    const { dataSource } = this.database;
    const wanted = [
      { metadata: this.users.metadata, names: [this.users.columnName('email')] },
      ...authSideEntities.map((entity) => {
        const metadata = dataSource.getMetadata(entity);
        const texts = metadata.columns.filter(({ type }) => type === 'varchar');
        return { metadata, names: texts.map(({ databaseName }) => databaseName) };
      }),
    ];
    return wanted.flatMap(({ metadata, names }) =>
      names.flatMap((name) => {
        const collation = facts.get(metadata.tablePath)?.columns.get(name.toLowerCase())?.collation ?? 'utf8mb4_bin';
        if (/^utf8mb4_.*bin$/.test(collation)) return [];
        return [
          fault(
            'collation',
            `Column ${metadata.tableName}.${name} has collation ${collation}, in which different texts are equal.`,
            `ALTER TABLE ${metadata.tableName} MODIFY ${name} … CHARACTER SET utf8mb4 COLLATE utf8mb4_bin.`,
          ),
        ];
      }),
    );
  }

  private async connectionFaults(): Promise<SchemaFault[]> {
    const [row] = await this.database.rows(() => 'SELECT @@character_set_connection AS charset');
    if (row?.['charset'] === 'utf8mb4') return [];
    return [
      fault(
        'charset',
        `The connection speaks ${String(row?.['charset'])}, which cannot say every e-mail address.`,
        "Set charset: 'utf8mb4' in the options of the data source.",
      ),
    ];
  }
}

interface WantedIndex {
  columns: string[];
  isUnique: boolean;
}

const MIGRATE =
  'Add authMigrations (or authSideMigrations, with a user table of your own) to the migrations of the data source and run them.';

const fault = (kind: SchemaFault['kind'], problem: string, remedy: string): SchemaFault => ({ kind, problem, remedy });

function userIndices(users: UserTable): WantedIndex[] {
  return [{ columns: [users.columnName('email')], isUnique: true }];
}

function allIndices(metadata: EntityMetadata): WantedIndex[] {
  const primary = { columns: metadata.primaryColumns.map(({ databaseName }) => databaseName), isUnique: true };
  const others = metadata.indices.map(({ columns, isUnique }) => ({
    columns: columns.map((column) => column.databaseName),
    isUnique,
  }));
  return [primary, ...others];
}

function tableFaults(
  { tablePath, tableName, columns }: EntityMetadata,
  facts: ReadonlyMap<string, TableFact>,
  indices: readonly WantedIndex[],
): SchemaFault[] {
  const table = facts.get(tablePath);
  if (table === undefined) return [fault('table', `There is no table ${tableName}.`, MIGRATE)];
  const faults = columns
    .filter(({ databaseName, isVirtualProperty }) => !isVirtualProperty && !table.columns.has(databaseName.toLowerCase()))
    .map(({ databaseName }) => fault('column', `Table ${tableName} has no column ${databaseName}.`, MIGRATE));
  for (const wanted of indices) {
    const names = wanted.columns.map((name) => name.toLowerCase());
    const candidates = table.indices.filter(({ columns: has }) => sameColumns(has, names, wanted.isUnique));
    const kind = wanted.isUnique ? 'unique-index' : 'index';
    const list = wanted.columns.join(', ');
    if (!candidates.some(({ isUnique }) => isUnique || !wanted.isUnique)) {
      faults.push(fault(kind, `Table ${tableName} has no ${kind.replace('-', ' ')} on (${list}).`, `Create it, or: ${MIGRATE}`));
    } else if (wanted.isUnique && !candidates.some(({ isExact, isUnique }) => isExact && isUnique)) {
      faults.push(
        fault(
          'unique-index',
          `The unique index of ${tableName} on (${list}) takes different texts for equal.`,
          'Use a binary collation.',
        ),
      );
    }
  }
  return faults;
}

/** Uniqueness holds for exactly these columns, in any order; a look-up is served by any index that begins with them. */
function sameColumns(has: readonly string[], wanted: readonly string[], isUnique: boolean): boolean {
  if (isUnique) return has.length === wanted.length && wanted.every((name) => has.includes(name));
  return wanted.every((name, index) => has[index] === name);
}

/** What a new entity has without being told: our columns, initial values of fields, what its `@BeforeInsert` methods set. */
async function propertiesFilledByEntity(metadata: EntityMetadata): Promise<Set<string>> {
  const entity = metadata.create();
  const account = {
    email: 'probe@example.invalid',
    passwordHash: '',
    credentialsVersion: 1,
    emailVersion: 1,
    createdAt: new Date(0),
  };
  Object.assign(entity, account);
  for (const listener of metadata.beforeInsertListeners) {
    try {
      await listener.execute(entity);
    } catch {
      // It wants fields that this probe lacks; what it would have set then counts as not filled.
    }
  }
  return new Set(
    metadata.columns.filter((column) => column.getEntityValue(entity) !== undefined).map((column) => column.propertyName),
  );
}

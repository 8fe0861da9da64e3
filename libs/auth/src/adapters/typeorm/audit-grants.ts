import type { DataSource, EntityMetadata } from 'typeorm';
import { AuthAuditEntity } from './entities/auth-audit.entity.js';
import { type Dialect, dialectOf } from './sql/dialect.js';

export interface AuditGrantsOptions {
  /** The role (PostgreSQL) or account (MariaDB, MySQL: `name` or `name@host`) that the application connects as. It must exist. */
  role: string;
  /** Whether it may remove rows of the audit log: for the role that retention runs under. @default false */
  retention?: boolean;
}

/** Everything that rewrites or empties a table, as MariaDB and MySQL call it. What is revoked must have been granted. */
const MYSQL_CHANGES = 'UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, TRIGGER, REFERENCES';

/**
 * The SQL that makes the audit log insert-only for the application's database role: it may read and write every table of the data source, and
 * of `auth_audit` (with your schema and prefix) only read and insert. To be run by who owns the tables, again after migrations that add some.
 *
 * The role must not own the tables nor be a superuser: an owner can give itself back what was taken.
 *
 * @param dataSource initialized, since its entities tell which tables there are
 * @throws TypeError on SQLite, which has no roles, and for a name that no role can have
 * @example
 * ```ts
 * console.log(auditGrants(dataSource, { role: 'shop_app' }));
 * ```
 */
export function auditGrants(dataSource: DataSource, { role, retention = false }: AuditGrantsOptions): string {
  const dialect = dialectOf(dataSource);
  if (dialect === 'sqlite') throw new TypeError('SQLite has no roles: nobody can be kept from changing a file that they may write');
  if (!/^\P{Cc}+$/u.test(role)) throw new TypeError('role: 1 or more characters without control characters');
  const audit = pathOf(dataSource, dataSource.getMetadata(AuthAuditEntity));
  const others = [...new Set(tables(dataSource).map((table) => pathOf(dataSource, table)))]
    .filter((table) => table !== audit)
    .sort();
  const statements = dialect === 'postgres' ? postgres(dataSource, others, audit, role) : mysql(dataSource, others, audit, role);
  if (retention) statements.splice(-1, 0, `GRANT DELETE ON ${audit} TO ${quotedRole(dialect, role)}`);
  return statements.map((statement) => `${statement};\n`).join('');
}

/** One transaction, so that a running application sees no gap. */
function postgres(dataSource: DataSource, others: readonly string[], audit: string, name: string): string[] {
  const role = quotedRole('postgres', name);
  const schemas = new Set([...others, audit].map((table) => table.split('.').slice(0, -1).join('.')));
  const usages = [...schemas].map((schema) => schema || currentSchema(dataSource));
  return [
    'BEGIN',
    ...usages.flatMap((schema) => [
      `GRANT USAGE ON SCHEMA ${schema} TO ${role}`,
      `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role}`,
    ]),
    ...others.map((table) => `GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO ${role}`),
    ...migrationsTable(dataSource).map((table) => `GRANT SELECT ON ${table} TO ${role}`),
    `REVOKE ALL ON ${audit} FROM PUBLIC, ${role}`,
    `GRANT SELECT, INSERT ON ${audit} TO ${role}`,
    'COMMIT',
  ];
}

/**
 * Table by table: what was granted on the whole database would hold for the audit log too. Revoking what an account does not have is an error,
 * so it is granted first, for a moment.
 */
function mysql(dataSource: DataSource, others: readonly string[], audit: string, name: string): string[] {
  const account = quotedRole('mysql', name);
  const databases = spellingsOf(String(dataSource.driver.database)).map((one) => dataSource.driver.escape(one));
  return [
    ...others.map((table) => `GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO ${account}`),
    ...migrationsTable(dataSource).map((table) => `GRANT SELECT ON ${table} TO ${account}`),
    `GRANT SELECT, INSERT, ${MYSQL_CHANGES} ON ${audit} TO ${account}`,
    `REVOKE ${MYSQL_CHANGES} ON ${audit} FROM ${account}`,
    ...databases.flatMap((database) => [
      `GRANT SELECT ON ${database}.* TO ${account}`,
      `REVOKE ALL PRIVILEGES ON ${database}.* FROM ${account}`,
    ]),
  ];
}

/**
 * In a grant on a database `_` and `%` are wildcards, unless they are escaped. Both spellings are grants of their own, and the official
 * container images make the escaped one.
 */
const spellingsOf = (database: string): string[] => [...new Set([database, database.replaceAll(/[_%]/g, '\\$&')])];

const tables = ({ entityMetadatas }: DataSource): EntityMetadata[] =>
  entityMetadatas.filter(
    ({ tableType }) => tableType === 'regular' || tableType === 'junction' || tableType === 'closure-junction',
  );

/** Quoted, and on MySQL with its database: the script may be run from another one. */
function pathOf(dataSource: DataSource, { tablePath }: Pick<EntityMetadata, 'tablePath'>): string {
  const isBare = !tablePath.includes('.');
  const path = isBare && dialectOf(dataSource) === 'mysql' ? `${dataSource.driver.database}.${tablePath}` : tablePath;
  return path
    .split('.')
    .map((part) => dataSource.driver.escape(part))
    .join('.');
}

/** An application with `migrationsRun` looks whether there is one to run. */
function migrationsTable(dataSource: DataSource): string[] {
  if (dataSource.migrations.length === 0) return [];
  const { schema } = dataSource.options as { schema?: string };
  const tablePath = dataSource.driver.buildTableName(dataSource.options.migrationsTableName ?? 'migrations', schema);
  return [pathOf(dataSource, { tablePath })];
}

const currentSchema = ({ driver }: DataSource): string => driver.escape(driver.schema ?? 'public');

function quotedRole(dialect: Dialect, name: string): string {
  if (dialect === 'postgres') return `"${name.replaceAll('"', '""')}"`;
  const at = name.lastIndexOf('@');
  const [user, host] = at === -1 ? [name, '%'] : [name.slice(0, at), name.slice(at + 1)];
  const quoted = (part: string): string => `'${part.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return `${quoted(user)}@${quoted(host)}`;
}

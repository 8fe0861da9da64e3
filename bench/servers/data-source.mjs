/** TypeORM's options for a database given as `{ kind: 'postgres', url }` or `{ kind: 'sqlite', file }`. */
export async function dataSourceOptions({ kind, url, file }) {
  const shared = { autoLoadEntities: true, migrationsRun: true, retryAttempts: 0 };
  if (kind === 'postgres') return { ...shared, type: 'postgres', url };
  const { default: libsql } = await import('libsql');
  return { ...shared, type: 'better-sqlite3', driver: libsql, database: file };
}

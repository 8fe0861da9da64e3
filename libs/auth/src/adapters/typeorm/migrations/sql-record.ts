import type { QueryRunner, Table } from 'typeorm';

export interface SqlRecord {
  /** The statements since the last time, and forgets them. @throws Error for one with a parameter that cannot be written as text */
  take(): string[];
}

/** TypeORM's own, which only its schema builder is meant to see. */
interface Internals {
  loadedTables: Table[];
  cachedTablePaths: Record<string, string>;
  getTablePath(table: Table): string;
}

/** What certainly changes nothing. */
const READS = /^\s*(SELECT|SHOW|PRAGMA\s+[\w.]+\s*(\([^)]*\))?\s*;?\s*$)/i;

/**
 * From now on the runner writes down what would change something, in place of doing it. TypeORM's memory of SQL alone does so for its table
 * API only: a migration's own `query()` would be run, and a table made by one migration would not be there for the next.
 */
export function recordSql(runner: QueryRunner): SqlRecord {
  const internals = runner as unknown as Internals;
  const { query, createTable, hasTable, getTable } = boundMethods(runner);
  const made = new Map<string, Table>();
  const pathOf = (table: Table | string): string => (typeof table === 'string' ? table : table.name);
  runner.enableSqlMemory();

  Object.assign(runner, {
    query: async (sql: string, parameters?: unknown[], ...rest: unknown[]): Promise<unknown> => {
      if (READS.test(sql)) return query(sql, parameters, ...rest);
      runner
        .getMemorySql()
        .upQueries.push({ '@instanceof': Symbol.for('Query'), query: sql, parameters: parameters ?? [] } as never);
      return [];
    },
    createTable: async (table: Table, ...rest: unknown[]): Promise<void> => {
      await createTable(table, ...rest);
      if (made.has(table.name)) return;
      const copy = table.clone();
      made.set(table.name, copy);
      internals.loadedTables.push(copy);
      internals.cachedTablePaths[table.name] = internals.getTablePath(copy);
    },
    hasTable: async (table: Table | string): Promise<unknown> => made.has(pathOf(table)) || hasTable(table),
    getTable: async (path: string): Promise<unknown> => made.get(path) ?? getTable(path),
  });

  return {
    take: () =>
      runner
        .getMemorySql()
        .upQueries.splice(0)
        .map(({ query: sql, parameters }) => textOf(sql, parameters ?? [])),
  };
}

type Method = (...args: unknown[]) => Promise<unknown>;

const boundMethods = (runner: QueryRunner): Record<'query' | 'createTable' | 'hasTable' | 'getTable', Method> => {
  const bound = (name: 'query' | 'createTable' | 'hasTable' | 'getTable'): Method =>
    (runner[name] as unknown as Method).bind(runner) as Method;
  return { query: bound('query'), createTable: bound('createTable'), hasTable: bound('hasTable'), getTable: bound('getTable') };
};

/** With its parameters in their places, so that a client of the database can run it. */
function textOf(sql: string, parameters: readonly unknown[]): string {
  const text = sql.trim().replace(/;$/, '');
  if (parameters.length === 0) return text;
  // `?` is an operator where parameters are numbered.
  const places = /\$\d/.test(text) ? /'(?:[^']|'')*'|\$(\d+)/g : /'(?:[^']|'')*'|\?/g;
  let next = 0;
  return text.replace(places, (found, index: string | undefined) => {
    if (found.startsWith("'")) return found;
    next += 1;
    return literal(parameters[(found === '?' ? next : Number(index)) - 1]);
  });
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  // A backslash begins an escape on MySQL and MariaDB, and does not elsewhere.
  if (typeof value === 'string' && !value.includes('\\')) return `'${value.replaceAll("'", "''")}'`;
  throw new Error(`it has a parameter that is no plain text or number (${typeof value})`);
}

import type { AuthDatabase, Row } from './auth-database.js';

export interface ColumnFact {
  /** MySQL and MariaDB. */
  collation: string | null;
  /** An insert that does not mention the column fails. */
  isRequired: boolean;
}

export interface IndexFact {
  columns: string[];
  isUnique: boolean;
  /** Equality in it is equality of bytes. */
  isExact: boolean;
}

export interface TableFact {
  /** By name in lower case. */
  columns: Map<string, ColumnFact>;
  indices: IndexFact[];
}

/** A table as TypeORM's metadata names it. */
export interface TableName {
  tableName: string;
  tablePath: string;
}

/** What the database really has, for the tables asked for; absent tables are absent. Two statements. Keys are `tablePath`. */
export async function readSchema(database: AuthDatabase, tables: readonly TableName[]): Promise<Map<string, TableFact>> {
  const [columns, indices] = await READERS[database.dialect](database, tables);
  const facts = new Map<string, TableFact>();
  for (const { tableName, tablePath } of tables) {
    const own = (row: Row): boolean => lower(row['tbl']) === lower(database.dialect === 'postgres' ? tablePath : tableName);
    const ownColumns = columns.filter(own);
    if (ownColumns.length === 0) continue;
    facts.set(tablePath, {
      columns: new Map(
        ownColumns.map((row) => [
          lower(row['col']),
          { collation: row['coll'] as string | null, isRequired: Number(row['required']) === 1 },
        ]),
      ),
      indices: groupIndices(indices.filter(own)),
    });
  }
  return facts;
}

type Reader = (database: AuthDatabase, tables: readonly TableName[]) => Promise<[columns: Row[], indices: Row[]]>;

const READERS: Readonly<Record<AuthDatabase['dialect'], Reader>> = {
  // The catalogue itself: information_schema takes ten times as long.
  postgres: async (database, tables) => {
    const relations = (q: { text(value: string): string }): string =>
      tables.map(({ tablePath }) => `(${q.text(tablePath)}, to_regclass(${q.text(database.escapePath(tablePath))}))`).join(', ');
    const columns = await database.rows(
      (q) => `SELECT t.tbl, a.attname AS col, NULL AS coll,
        CASE WHEN a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' THEN 1 ELSE 0 END AS required
        FROM (VALUES ${relations(q)}) AS t(tbl, oid)
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped`,
    );
    const indices = await database.rows(
      (q) => `SELECT t.tbl, i.indexrelid AS idx, CASE WHEN i.indisunique AND i.indpred IS NULL THEN 1 ELSE 0 END AS uniq,
        k.ord AS seq, a.attname AS col, CASE WHEN c.collisdeterministic = false THEN 0 ELSE 1 END AS exact
        FROM (VALUES ${relations(q)}) AS t(tbl, oid) JOIN pg_index i ON i.indrelid = t.oid AND i.indisvalid
        CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, ord)
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
        LEFT JOIN pg_collation c ON c.oid = a.attcollation`,
    );
    return [columns, indices];
  },
  mysql: async (database, tables) => {
    const names = (q: { texts(values: readonly string[]): string }): string => q.texts(tables.map(({ tableName }) => tableName));
    const columns = await database.rows(
      (q) => `SELECT table_name AS tbl, column_name AS col, collation_name AS coll,
        CASE WHEN is_nullable = 'NO' AND column_default IS NULL AND extra NOT LIKE '%auto_increment%'
        AND extra NOT LIKE '%GENERATED%' THEN 1 ELSE 0 END AS required
        FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name IN (${names(q)})`,
    );
    const indices = await database.rows(
      (q) => `SELECT table_name AS tbl, index_name AS idx, CASE WHEN non_unique = 0 AND sub_part IS NULL THEN 1 ELSE 0 END AS uniq,
        seq_in_index AS seq, column_name AS col, 1 AS exact
        FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name IN (${names(q)})`,
    );
    return [columns, indices];
  },
  sqlite: async (database, tables) => {
    const names = (q: { texts(values: readonly string[]): string }): string => q.texts(tables.map(({ tableName }) => tableName));
    const columns = await database.rows(
      (q) => `SELECT t.name AS tbl, c.name AS col, NULL AS coll,
        CASE WHEN c."notnull" = 1 AND c.dflt_value IS NULL AND NOT (c.pk = 1 AND upper(c.type) = 'INTEGER') THEN 1 ELSE 0 END AS required
        FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name IN (${names(q)})`,
    );
    const indices = await database.rows(
      (q) => `SELECT t.name AS tbl, l.name AS idx, CASE WHEN l."unique" = 1 AND l.partial = 0 THEN 1 ELSE 0 END AS uniq,
        x.seqno AS seq, x.name AS col, CASE WHEN x.coll = 'BINARY' THEN 1 ELSE 0 END AS exact
        FROM sqlite_master t JOIN pragma_index_list(t.name) l JOIN pragma_index_xinfo(l.name) x
        WHERE t.type = 'table' AND x."key" = 1 AND t.name IN (${names(q)})`,
    );
    return [columns, indices];
  },
};

function groupIndices(rows: readonly Row[]): IndexFact[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(String(row['idx']), [...(groups.get(String(row['idx'])) ?? []), row]);
  return [...groups.values()].map((group) => {
    const inOrder = group.toSorted((a, b) => Number(a['seq']) - Number(b['seq']));
    return {
      // The part of an index that is an expression has no column.
      columns: inOrder.map((row) => lower(row['col'] ?? '()')),
      isUnique: inOrder.every((row) => Number(row['uniq']) === 1),
      isExact: inOrder.every((row) => Number(row['exact']) === 1),
    };
  });
}

const lower = (name: unknown): string => String(name).toLowerCase();

import pg from 'pg';

/** A look into the database past the library. @param database of `bench/lib/databases.mjs` @returns `{ rows(sql), close() }` */
export async function openTables({ kind, url, file }) {
  if (kind === 'postgres') {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return { rows: async (sql) => (await client.query(sql)).rows, close: () => client.end() };
  }
  const { default: Database } = await import('libsql');
  const connection = new Database(file);
  return { rows: async (sql) => connection.prepare(sql).all(), close: async () => void connection.close() };
}

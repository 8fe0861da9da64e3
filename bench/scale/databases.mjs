// Databases that are filled past the library.
import pg from 'pg';
import { crowded, expired, fill } from './rows.mjs';

/** All tables at the same time. */
export async function fillDatabase(url, rows) {
  await Promise.all(Object.entries(fill(rows)).map(([table, statements]) => fillTable(url, table, statements)));
  await settle(url);
}

/** Without indices while rows are written; they are made again afterwards, as they were. */
function fillTable(url, table, statements) {
  return withClient(url, async (client) => {
    await client.query("SET maintenance_work_mem = '512MB'");
    const { rows: keys } = await client.query(
      "SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE contype = 'p' AND conrelid = $1::regclass",
      [table],
    );
    const { rows: indices } = await client.query(
      `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
       WHERE tablename = $1 AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)`,
      [table],
    );
    for (const { name } of keys) await client.query(`ALTER TABLE ${table} DROP CONSTRAINT "${name}"`);
    for (const { name } of indices) await client.query(`DROP INDEX "${name}"`);
    for (const statement of statements) await client.query(statement);
    for (const { name, definition } of keys) await client.query(`ALTER TABLE ${table} ADD CONSTRAINT "${name}" ${definition}`);
    for (const { definition } of indices) await client.query(definition);
  });
}

export const addExpired = (url, rows) => add(url, expired(rows));

export const addCrowded = (url, rows) => add(url, crowded(rows));

/** What autovacuum would have done, and nothing that is written while somebody measures. */
export async function settle(url) {
  await withClient(url, async (client) => {
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  });
}

/** @returns rows and bytes of the tables with rows, the largest first */
export async function sizesOf(url) {
  return withClient(url, async (client) => {
    const { rows } = await client.query(
      `SELECT relname AS "table", reltuples::bigint AS rows, pg_total_relation_size(oid) AS bytes FROM pg_class
       WHERE relkind = 'r' AND relname LIKE 'auth_%' AND reltuples > 0 ORDER BY bytes DESC`,
    );
    return rows.map(({ table, rows: count, bytes }) => ({ table, rows: Number(count), bytes: Number(bytes) }));
  });
}

/** @returns settings of the server that such figures depend on */
export async function settingsOf(url) {
  return withClient(url, async (client) => {
    const { rows } = await client.query(
      "SELECT name, current_setting(name) AS value FROM pg_settings WHERE name IN ('shared_buffers', 'fsync', 'synchronous_commit', 'random_page_cost', 'autovacuum')",
    );
    return rows.map(({ name, value }) => `${name} ${value}`).join(', ');
  });
}

/** For the control: as if the library had forgotten an index. */
export const dropIndexOn = (url, table, column) =>
  withClient(url, async (client) => {
    const { rows } = await client.query('SELECT indexname AS name FROM pg_indexes WHERE tablename = $1 AND indexdef LIKE $2', [
      table,
      `%(${column})`,
    ]);
    if (rows.length !== 1) throw new Error(`There are ${rows.length} indices on ${table} (${column})`);
    await client.query(`DROP INDEX "${rows[0].name}"`);
  });

async function add(url, statements) {
  await withClient(url, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
  await settle(url);
}

async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

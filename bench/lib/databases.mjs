import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const POSTGRES_URL = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** A file of its own. */
export function sqliteDatabase() {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  return {
    kind: 'sqlite',
    title: 'SQLite (libsql, a file)',
    file: join(directory, 'bench.sqlite'),
    drop: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** A database of its own on the server of `DATABASE_URL` or the default local port; `null` when there is none. */
export async function postgresDatabase() {
  const name = `latchkey_bench_${randomBytes(6).toString('hex')}`;
  try {
    const version = await administer(POSTGRES_URL, 'SHOW server_version');
    await administer(POSTGRES_URL, `CREATE DATABASE "${name}"`);
    const url = new URL(POSTGRES_URL);
    url.pathname = `/${name}`;
    return {
      kind: 'postgres',
      title: `PostgreSQL ${version.split(' ')[0]}`,
      url: url.href,
      drop: () => administer(POSTGRES_URL, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
    };
  } catch (error) {
    if (error.code === 'ECONNREFUSED' || error.code === 'ENOTFOUND' || error.code?.startsWith('28')) return null;
    throw error;
  }
}

/** One statement on a connection of its own. @returns the first value of its first row, as text */
export async function administer(url, statement) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  // A connection that is reset says so twice.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query(statement);
    return String(Object.values(rows[0] ?? {})[0] ?? '');
  } finally {
    await client.end();
  }
}

import { randomBytes } from 'node:crypto';
import { administer } from './service-probes.js';

/** A name that no other run and no other suite has. */
export const databaseName = (runId: string): string => `latchkey_${runId}_${randomBytes(4).toString('hex')}`;

/** Drops one database together with the connections still open to it. */
export async function dropDatabase(server: 'postgres' | 'mariadb', url: string, name: string): Promise<void> {
  await administer(server, url, [
    server === 'postgres' ? `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)` : `DROP DATABASE IF EXISTS \`${name}\``,
  ]);
}

/** Drops whatever a run left behind, for instance because a test file was killed. */
export async function dropDatabasesOf(server: 'postgres' | 'mariadb', url: string, runId: string): Promise<void> {
  const source =
    server === 'postgres'
      ? 'SELECT datname AS name FROM pg_database'
      : 'SELECT schema_name AS name FROM information_schema.schemata';
  const rows = (await administer(server, url, [source])) as { name: string }[];
  for (const { name } of rows) {
    if (name.startsWith(`latchkey_${runId}_`)) await dropDatabase(server, url, name);
  }
}

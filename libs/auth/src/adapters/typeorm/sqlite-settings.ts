import type { DataSource } from 'typeorm';
import { monotonicNow, runPatiently, SQLITE_BUSY_TIMEOUT_MS } from './sql/patience.js';
import { SqliteGate } from './sqlite-gate.js';

/**
 * Makes a SQLite data source fit for several users: the gate before its one connection; a busy timeout that leaves time to answer; and,
 * for files, the write-ahead log, with which readers and the writer do not wait for each other (a property of the file: set once).
 */
export async function prepareSqlite(dataSource: DataSource, deadlineMs: number): Promise<void> {
  SqliteGate.of(dataSource);
  const pragma = async (sql: string): Promise<unknown> => {
    const rows = (await runPatiently(monotonicNow() + deadlineMs, async () => dataSource.query(`PRAGMA ${sql}`))) as Record<
      string,
      unknown
    >[];
    return Object.values(rows[0] ?? {})[0];
  };
  const busyTimeout = Number(await pragma('busy_timeout'));
  if (!(busyTimeout > 0 && busyTimeout <= SQLITE_BUSY_TIMEOUT_MS)) await pragma(`busy_timeout = ${SQLITE_BUSY_TIMEOUT_MS}`);
  const journal = await pragma('journal_mode');
  if (journal !== 'wal' && journal !== 'memory') await pragma('journal_mode = WAL');
}

import { type AuthAppOptions, type AuthApp, startAuthApp } from '../auth-app.js';
import { createDatabase, type SqlDatabaseKind } from '../support/databases.js';

/** How often each race is run. */
export const TRIALS = Number(process.env['RACE_TRIALS'] ?? 300);

/**
 * Two applications with their own pools, memories and ledgers on one database: what two processes would be to it. SQLite's driver blocks
 * the process while it waits for a lock that the same process holds, so there the second node is the first.
 */
export async function startTwoNodes(kind: SqlDatabaseKind, options: AuthAppOptions = {}) {
  const store = await createDatabase(kind);
  const settings: AuthAppOptions = { store, hashing: { concurrency: 3, queue: 5_000 }, ...options };
  const nodes: AuthApp[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.close()));
    await store.drop();
  };
  try {
    // One after the other: the first runs the migrations.
    for (let node = 0; node < (kind === 'sqlite' ? 1 : 2); node++) nodes.push(await startAuthApp(settings));
  } catch (error) {
    await close();
    throw error;
  }
  return { nodes: [nodes[0]!, nodes.at(-1)!] as const, close };
}

/** `count` things at once, shared out among the nodes. */
export const inParallel = <T>(nodes: readonly AuthApp[], count: number, act: (node: AuthApp, index: number) => Promise<T>) =>
  Promise.allSettled(Array.from({ length: count }, (_, index) => act(nodes[index % nodes.length]!, index)));

export const fulfilled = <T>(results: readonly PromiseSettledResult<T>[]): T[] =>
  results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));

export const codesOf = (results: readonly PromiseSettledResult<unknown>[]): string[] =>
  results.flatMap((result) =>
    result.status === 'rejected' ? [String((result.reason as { errorCode?: string }).errorCode ?? result.reason)] : [],
  );

import { storeFailureOf } from './store-failure.js';

/** Monotonic milliseconds; deadlines do not move with the wall clock. */
export const monotonicNow = (): number => performance.now();

/**
 * How long SQLite stops the whole process to wait for another process's lock before it says so. Short: what waits longer waits here,
 * without stopping anybody.
 */
export const SQLITE_BUSY_TIMEOUT_MS = 100;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs `statement` again while another process holds SQLite's lock. @throws the last error when the deadline comes first */
export async function runPatiently<T>(deadline: number, statement: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await statement();
    } catch (error) {
      // Time for this try and for the one of whoever waits behind it.
      const hasTime = deadline - monotonicNow() > 2 * SQLITE_BUSY_TIMEOUT_MS;
      if (storeFailureOf(error) !== 'busy' || !hasTime) throw error;
      await pause(5 + Math.random() * 15);
    }
  }
}

/**
 * Settles as `work` does, or rejects with what `late` makes once `ms` milliseconds have passed. The work itself is not stopped; what it
 * settles with afterwards is ignored.
 *
 * A timer that fires late because the event loop was busy gives way to answers that have already arrived.
 */
export function withDeadline<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(late())), Math.max(0, ms));
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

/** How long a store call or unit of work may take, so that an answer leaves within the 2 s the contract promises. */
export const STORE_DEADLINE_MS = 1_800;

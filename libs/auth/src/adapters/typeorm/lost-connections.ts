import type { DataSource } from 'typeorm';
import type { Dialect } from './sql/dialect.js';

/** Of `pg`. */
interface Emitter {
  on(event: string, listener: (argument: never) => void): unknown;
}

const ignore = (): void => undefined;

/**
 * A connection of `pg` that PostgreSQL ends in the moment in which it is ready, so that both are read at once, has no listener: its pool has
 * let go of it, and TypeORM gets it a turn later. Its 'error' would end the process. The next statement on it fails all the same.
 */
export function outliveLostConnections({ driver }: DataSource, dialect: Dialect): void {
  if (dialect !== 'postgres') return;
  const { master, slaves = [] } = driver as unknown as { master?: Emitter; slaves?: Emitter[] };
  for (const pool of [master, ...slaves]) pool?.on('connect', (client: Emitter) => client.on('error', ignore));
}

import { Option } from 'commander';
import type { Terminal } from '../terminal.js';
import type { Store } from './open-store.js';

/** Options of every command that works on a store. */
export interface StoreOptions {
  app?: string;
}

export const appOption = (): Option =>
  new Option(
    '--app <path>',
    'built module of the application (exports AppModule, or a default); else DATABASE_URL, else .data/latchkey.sqlite',
  );

/** Opens the store, does the work, closes the store whatever happened. Nest and TypeORM are loaded only here. */
export async function withStore(terminal: Terminal, { app }: StoreOptions, work: (store: Store) => Promise<void>): Promise<void> {
  const { openStore } = await import('./open-store.js');
  const store = await openStore(terminal, app);
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

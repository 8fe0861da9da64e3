import type { BootRule } from '../boot-rule.js';
import { ofFact, when } from '../verdict.js';

export const storageDefaultPoolRule: BootRule = {
  id: 'storage.default-pool',
  severity: { production: 'info', development: 'off' },
  option: 'storage',
  title: 'The connection pool has its default size.',
  why: 'Ten connections for a process are a guess: too few queue sign-ins, and the sum over all processes must stay below what the database admits.',
  source: 'node-postgres manual, Pool; PostgreSQL manual, max_connections',
  remedy: 'extra: { max: 20 } (PostgreSQL) or extra: { connectionLimit: 20 } (MySQL) in the options of the data source.',
  check: ({ storage }) =>
    ofFact(storage, 'the database', ({ poolSize }) =>
      when(
        poolSize === null,
        'storage',
        'has a connection pool of the default size (10).',
        'Set poolSize in the options of the data source to what the database admits, divided by the processes.',
      ),
    ),
};

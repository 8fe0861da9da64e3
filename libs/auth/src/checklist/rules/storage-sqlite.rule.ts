import type { BootRule } from '../boot-rule.js';
import { ofFact, when } from '../verdict.js';

export const storageSqliteRule: BootRule = {
  id: 'storage.sqlite',
  severity: { production: 'warn', development: 'off' },
  option: 'storage',
  title: 'Accounts are in SQLite.',
  why: 'One writer at a time, one machine, and the file is lost with the container unless it is on a volume.',
  source: 'SQLite manual, Appropriate Uses For SQLite',
  remedy: "type: 'postgres' in the options of the data source.",
  check: ({ storage }) =>
    ofFact(storage, 'the database', ({ engine }) =>
      when(engine === 'sqlite', 'storage', 'is SQLite: one machine, one writer at a time.', 'Use PostgreSQL, MySQL or MariaDB.'),
    ),
};

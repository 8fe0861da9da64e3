import { isExplainedByMigrations } from '../pending-migrations.js';
import type { BootRule } from '../boot-rule.js';
import { ofFact } from '../verdict.js';

export const storageUniqueIndexRule: BootRule = {
  id: 'storage.unique-index',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'storage',
  title: 'A unique index is missing, or takes different texts for equal.',
  why: 'Two requests at the same time make two accounts of one address, or use one token twice: only the database can decide.',
  source: 'CWE-362',
  remedy: 'Run the migrations, or create the index.',
  check: ({ storage, environment }) =>
    ofFact(storage, 'the database', (found) => {
      if (isExplainedByMigrations(found, environment)) return { skipped: 'migrations are pending' };
      return found.faults
        .filter(({ kind }) => kind === 'unique-index')
        .map(({ problem, remedy }) => ({ option: 'storage', problem, remedy }));
    }),
};

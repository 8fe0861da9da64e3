import { isExplainedByMigrations } from '../pending-migrations.js';
import type { BootRule } from '../boot-rule.js';
import { ofFact } from '../verdict.js';

export const storageSchemaRule: BootRule = {
  id: 'storage.schema',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'storage',
  title: 'A table, a column or an index is missing.',
  why: 'Requests would fail, or read whole tables, and only users would tell.',
  source: 'TypeORM manual, Migrations',
  remedy: 'migrations: authMigrations and migrationsRun: true in the options of the data source.',
  acknowledgeable: false,
  check: ({ storage, environment }) =>
    ofFact(storage, 'the database', (found) => {
      if (isExplainedByMigrations(found, environment)) return { skipped: 'migrations are pending' };
      return found.faults
        .filter(({ kind }) => kind === 'table' || kind === 'column' || kind === 'index')
        .map(({ problem, remedy }) => ({ option: 'storage', problem, remedy }));
    }),
};

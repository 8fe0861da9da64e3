import { isExplainedByMigrations } from '../pending-migrations.js';
import type { BootRule } from '../boot-rule.js';
import { ofFact } from '../verdict.js';

export const storageCollationRule: BootRule = {
  id: 'storage.collation',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'storage',
  title: 'A column or the connection compares texts that differ as equal.',
  why: '`josé@` finds the account of `jose@`, and a token is found in another case.',
  source: 'MySQL manual, Collation; CVE-2024-45231 and others of its kind',
  remedy: 'ALTER TABLE … MODIFY … CHARACTER SET utf8mb4 COLLATE utf8mb4_bin.',
  check: ({ storage, environment }) =>
    ofFact(storage, 'the database', (found) => {
      if (isExplainedByMigrations(found, environment)) return { skipped: 'migrations are pending' };
      return found.faults
        .filter(({ kind }) => kind === 'collation' || kind === 'charset')
        .map(({ problem, remedy }) => ({ option: 'storage', problem, remedy }));
    }),
};

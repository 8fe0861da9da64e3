import type { SchemaFault } from '../../core/ports/storage-inspector.js';
import type { BootRule } from '../boot-rule.js';
import { ofFact, when } from '../verdict.js';

const consequence = ([first]: readonly SchemaFault[]): string => (first === undefined ? '' : ` ${first.problem}`);

export const storagePendingMigrationsRule: BootRule = {
  id: 'storage.pending-migrations',
  severity: { production: 'refuse', development: 'warn' },
  option: 'storage',
  title: 'Migrations of the library have not run.',
  why: 'The code expects tables, columns and unique indexes that are not there: requests fail, or race.',
  source: 'TypeORM manual, Migrations',
  remedy: 'migrationsRun: true in the options of the data source, or npx nestjs-latchkey migrations run before the deploy.',
  check: ({ storage }) =>
    ofFact(storage, 'the database', ({ pendingMigrations, faults }) =>
      when(
        pendingMigrations.length > 0,
        'storage',
        `${pendingMigrations.length} of the migrations have not run: ${pendingMigrations.join(', ')}.${consequence(faults)}`,
        'Set migrationsRun: true in the options of the data source, or run them before the deploy.',
      ),
    ),
};

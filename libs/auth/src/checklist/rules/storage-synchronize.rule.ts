import type { BootRule } from '../boot-rule.js';
import { ofFact, when } from '../verdict.js';

export const storageSynchronizeRule: BootRule = {
  id: 'storage.synchronize',
  severity: { production: 'warn', development: 'off' },
  option: 'storage',
  title: '`synchronize` is on.',
  why: 'TypeORM changes tables to what the entities say at every start: a renamed property drops its column with everything in it.',
  source: 'TypeORM manual, Data source options: "should not be used in production"',
  remedy: 'synchronize: false, and migrations: authMigrations.',
  check: ({ storage }) =>
    ofFact(storage, 'the database', ({ synchronizes }) =>
      when(
        synchronizes,
        'storage',
        'has synchronize: true, which drops columns that an entity no longer has.',
        'Set synchronize: false and run migrations.',
      ),
    ),
};

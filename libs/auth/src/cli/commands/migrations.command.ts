import { Command } from 'commander';
import type { MigrationPlan } from '../../adapters/typeorm/migrations/migration-plan.js';
import { reasonOf } from '../store/reason.js';
import { appOption, type StoreOptions } from '../store/with-store.js';
import { CommandError, printable, table, type Terminal } from '../terminal.js';

interface ListOptions extends StoreOptions {
  json?: true;
}

const NONE_OF_OURS =
  'The library’s tables are not among these migrations: add authMigrations (authSideMigrations, with a user entity of your own) ' +
  "from 'nestjs-latchkey/typeorm' to the data source.";

/** Opens the migrations, does the work, closes them whatever happened. */
async function withPlan(terminal: Terminal, { app }: StoreOptions, work: (plan: MigrationPlan) => Promise<void>): Promise<void> {
  const { openPlan } = await import('../store/open-plan.js');
  const opened = await openPlan(terminal, app);
  try {
    if (!opened.plan.hasOurs) terminal.err(NONE_OF_OURS);
    await work(opened.plan);
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(reasonOf(error), { cause: error });
  } finally {
    await opened.close();
  }
}

const list = (terminal: Terminal): Command =>
  new Command('list')
    .description('list migrations in their order, and whether the database has them')
    .option('--json', 'one JSON array: [{ name, isRun }]')
    .addOption(appOption())
    .addHelpText('after', '\nExample:\n  $ npx nestjs-latchkey migrations list --app dist/app.module.js')
    .action((options: ListOptions) =>
      withPlan(terminal, options, async (plan) => {
        const planned = await plan.list();
        if (options.json) return terminal.out(JSON.stringify(planned));
        const rows = planned.map(({ name, isRun }) => [printable(name), isRun ? 'run' : 'pending']);
        for (const line of table([['MIGRATION', 'STATE'], ...rows])) terminal.out(line);
      }),
    );

const runPending = (terminal: Terminal): Command =>
  new Command('run')
    .description('run what is pending; of several processes at once, one after the other')
    .addOption(appOption())
    .addHelpText('after', '\nExample:\n  $ DATABASE_URL=postgres://localhost/app npx nestjs-latchkey migrations run')
    .action((options: StoreOptions) =>
      withPlan(terminal, options, async (plan) => {
        const names = await plan.run();
        for (const name of names) terminal.out(`${printable(name)} has been run.`);
        if (names.length === 0) terminal.out('Nothing is pending.');
      }),
    );

const sql = (terminal: Terminal): Command =>
  new Command('sql')
    .description('print what `run` would do, as SQL for this database; nothing is changed')
    .addOption(appOption())
    .addHelpText('after', '\nExample:\n  $ npx nestjs-latchkey migrations sql --app dist/app.module.js > migrations.sql')
    .action((options: StoreOptions) =>
      withPlan(terminal, options, async (plan) => {
        const pending = await plan.sql();
        for (const { name, statements } of pending) {
          terminal.out(`-- ${printable(name)}`);
          for (const statement of statements) terminal.out(`${statement};`);
        }
        if (pending.length === 0) terminal.err('Nothing is pending.');
      }),
    );

/** `migrations`: those of the application's data source, the library's among them. */
export const migrations = (terminal: Terminal): Command =>
  new Command('migrations')
    .description('migrations of the database')
    .addCommand(list(terminal))
    .addCommand(runPending(terminal))
    .addCommand(sql(terminal));

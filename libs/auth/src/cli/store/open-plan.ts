import { MigrationPlan } from '../../adapters/typeorm/migrations/migration-plan.js';
import { CommandError, type Terminal } from '../terminal.js';
import { boot } from './boot.js';
import { hostModule } from './host-module.js';
import { databaseRefusal } from './open-store.js';
import { databaseOf } from './own-module.js';
import { reasonOf } from './reason.js';

/**
 * The migrations of the application named by `--app`, also of one that does not start because they have not been run; else the library's own
 * on `DATABASE_URL`, else on the demo's file. Whoever opens it closes it.
 *
 * @throws CommandError when there is none
 */
export async function openPlan(
  terminal: Terminal,
  app: string | undefined,
): Promise<{ plan: MigrationPlan; close(): Promise<void> }> {
  if (app === undefined) {
    const database = databaseOf(terminal);
    try {
      const plan = await MigrationPlan.at(database.address);
      return { plan, close: () => plan.close() };
    } catch (error) {
      throw new CommandError(databaseRefusal(database, error), { cause: error });
    }
  }
  const application = await boot(await hostModule(terminal, app));
  const plan = MigrationPlan.of((token) => application.find(token));
  if (plan !== undefined) return { plan, close: () => application.close() };
  const { failure } = application;
  await application.close();
  throw new CommandError(
    failure === undefined
      ? `The application of ${app} has no data source of TypeORM: migrations are those of TypeOrmStorage.`
      : `The application of ${app} does not reach its database: ${reasonOf(failure)}`,
    { cause: failure },
  );
}

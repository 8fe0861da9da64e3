import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';

/** Our own column, after Latchkey's migrations have made the table. */
export class AddUserPlan1795000100000 implements MigrationInterface {
  readonly name = 'AddUserPlan1795000100000';

  async up(runner: QueryRunner): Promise<void> {
    // MariaDB and MySQL commit each change of a table at once: a second try after a crash may find it done.
    if (await runner.hasColumn('auth_user', 'plan')) return;
    await runner.addColumn('auth_user', new TableColumn({ name: 'plan', type: 'varchar', length: '16', default: "'free'" }));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn('auth_user', 'plan');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { TableMaker } from './tables.js';

/** `auth_user`, for applications without a user entity of their own. */
export class CreateAuthUser1795000000001 implements MigrationInterface {
  readonly name = 'CreateAuthUser1795000000001';

  async up(runner: QueryRunner): Promise<void> {
    const make = await TableMaker.for(runner);
    await make.create(
      'auth_user',
      [
        make.key('id', 36, { isPrimary: true }),
        make.key('email', 320),
        make.date('email_confirmed_at'),
        make.key('name', 255, { isNullable: true }),
        make.key('password_hash', 512, { isNullable: true }),
        make.date('disabled_at'),
        make.date('locked_at'),
        make.integer('credentials_version', { default: 1 }),
        make.integer('email_version', { default: 1 }),
        make.generatedDate('created_at'),
        make.generatedDate('updated_at', true),
      ],
      [{ columns: ['email'], unique: true }],
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await (await TableMaker.for(runner)).drop('auth_user');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { TableMaker } from './tables.js';

/** Invitations that were neither accepted nor revoked. */
export class CreateAuthInvitation1795400000000 implements MigrationInterface {
  readonly name = 'CreateAuthInvitation1795400000000';

  async up(runner: QueryRunner): Promise<void> {
    const make = await TableMaker.for(runner);
    await make.create(
      'auth_invitation',
      [
        make.key('id', 32, { isPrimary: true }),
        make.key('email', 320),
        make.key('inviter_id', 64),
        make.text('roles'),
        make.time('created_at'),
        make.time('expires_at'),
      ],
      [{ columns: ['inviter_id', 'email'], unique: true }, { columns: ['expires_at'] }],
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await (await TableMaker.for(runner)).drop('auth_invitation');
  }
}

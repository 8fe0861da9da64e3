import type { MigrationInterface, QueryRunner } from 'typeorm';
import { TableMaker } from './tables.js';

/** Mail on its way. */
export class CreateAuthOutbox1795100000000 implements MigrationInterface {
  readonly name = 'CreateAuthOutbox1795100000000';

  async up(runner: QueryRunner): Promise<void> {
    const make = await TableMaker.for(runner);
    await make.create(
      'auth_outbox',
      [
        make.key('id', 32, { isPrimary: true }),
        make.key('kind', 64),
        make.key('dedup_key', 128, { isNullable: true }),
        make.text('payload', { isNullable: true }),
        make.key('status', 16),
        make.integer('attempts'),
        make.key('claimed_by', 32, { isNullable: true }),
        make.time('created_at'),
        make.time('available_at'),
      ],
      [{ columns: ['dedup_key'], unique: true }, { columns: ['status', 'available_at'] }],
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await (await TableMaker.for(runner)).drop('auth_outbox');
  }
}

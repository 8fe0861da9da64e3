import type { MigrationInterface, QueryRunner } from 'typeorm';
import { TableMaker } from './tables.js';

/** Work that one process at a time does for all. */
export class CreateAuthLease1795500000000 implements MigrationInterface {
  readonly name = 'CreateAuthLease1795500000000';

  async up(runner: QueryRunner): Promise<void> {
    const make = await TableMaker.for(runner);
    await make.create('auth_lease', [make.key('name', 64, { isPrimary: true }), make.key('holder', 64), make.time('expires_at')]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await (await TableMaker.for(runner)).drop('auth_lease');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import { TableMaker } from './tables.js';

/** Finds one-time tokens of an address that has no account yet. */
export class AddAuthOneTimeTokenGroup1795200000000 implements MigrationInterface {
  readonly name = 'AddAuthOneTimeTokenGroup1795200000000';

  async up(runner: QueryRunner): Promise<void> {
    const make = await TableMaker.for(runner);
    await make.addIndexed('auth_one_time_token', make.key('group_key', 64, { isNullable: true }));
  }

  async down(runner: QueryRunner): Promise<void> {
    await (await TableMaker.for(runner)).removeIndexed('auth_one_time_token', 'group_key');
  }
}

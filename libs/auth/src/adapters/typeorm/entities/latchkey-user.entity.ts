import { randomUUID } from 'node:crypto';
import { BeforeInsert, PrimaryColumn } from 'typeorm';
import { LatchkeyAccount } from './latchkey-account.entity.js';

/**
 * What a host's user entity extends: {@link LatchkeyAccount} with a UUID as its id, made by the application so that no database
 * extension is needed.
 *
 * @example
 * ```ts
 * @Entity('users')
 * export class User extends LatchkeyUser {
 *   @Column({ default: 'free' }) plan: string;
 * }
 * ```
 */
export abstract class LatchkeyUser extends LatchkeyAccount {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id: string;

  /** Fills the id of an entity that has none yet, also when the host inserts users itself. */
  @BeforeInsert()
  protected assignId(): void {
    this.id ??= randomUUID();
  }
}

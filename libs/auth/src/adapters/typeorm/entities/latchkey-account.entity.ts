import { Column, CreateDateColumn, Index, UpdateDateColumn } from 'typeorm';
import type { AuthUser } from '../../../core/ports/user.repository.js';

/**
 * The columns the library needs of an account, without an id: extend it when your table has an id of its own
 * (an integer, a `uuid` the database makes), else extend {@link LatchkeyUser}.
 *
 * A column that has another name in your table is declared again with {@link OverrideColumn}:
 *
 * @example
 * ```ts
 * @Entity('members')
 * export class Member extends LatchkeyAccount {
 *   @PrimaryGeneratedColumn() id: number;
 *   @OverrideColumn({ name: 'email_address' }) declare email: string;
 * }
 * ```
 */
export abstract class LatchkeyAccount implements AuthUser {
  abstract id: string | number;

  /** Folded (trimmed, NFC, case-folded) and unique; on MySQL and MariaDB with a `_bin` collation. 320: RFC 3696, 64 + 1 + 255. */
  @Index({ unique: true })
  @Column({ name: 'email', type: 'varchar', length: 320 })
  email: string;

  @Column({ name: 'email_confirmed_at', type: Date, precision: 3, nullable: true })
  emailConfirmedAt: Date | null;

  @Column({ name: 'name', type: 'varchar', length: 255, nullable: true })
  name: string | null;

  /** Self-describing hash, or `null` for an account without a password. Never selected unless asked for by name. */
  @Column({ name: 'password_hash', type: 'varchar', length: 512, nullable: true, select: false })
  passwordHash?: string | null;

  @Column({ name: 'disabled_at', type: Date, precision: 3, nullable: true })
  disabledAt: Date | null;

  @Column({ name: 'locked_at', type: Date, precision: 3, nullable: true })
  lockedAt: Date | null;

  @Column({ name: 'credentials_version', type: 'int', default: 1 })
  credentialsVersion: number;

  @Column({ name: 'email_version', type: 'int', default: 1 })
  emailVersion: number;

  @CreateDateColumn({ name: 'created_at' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at' })
  updatedAt: Date;
}

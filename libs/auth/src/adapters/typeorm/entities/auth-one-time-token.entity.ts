import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A row of `auth_one_time_token`, see `OneTimeToken`. */
@Entity('auth_one_time_token')
@Index(['purpose', 'subject'], { unique: true })
@Index(['groupKey'])
@Index(['userId'])
@Index(['expiresAt'])
export class AuthOneTimeTokenEntity {
  @PrimaryColumn({ name: 'selector', type: 'varchar', length: 64 })
  selector: string;

  @Column({ name: 'secret_hash', type: 'varchar', length: 128 })
  secretHash: string;

  @Column({ name: 'purpose', type: 'varchar', length: 64 })
  purpose: string;

  @Column({ name: 'subject', type: 'varchar', length: 128 })
  subject: string;

  @Column({ name: 'group_key', type: 'varchar', length: 64, nullable: true })
  groupKey: string | null;

  @Column({ name: 'user_id', type: 'varchar', length: 64, nullable: true })
  userId: string | null;

  @Column({ name: 'email_version', type: 'int', nullable: true })
  emailVersion: number | null;

  /** JSON object. */
  @Column({ name: 'payload', type: 'text', nullable: true })
  payload: string | null;

  @Column({ name: 'created_at', type: 'bigint' })
  createdAt: string;

  @Column({ name: 'expires_at', type: 'bigint' })
  expiresAt: string;
}

import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A row of `auth_session`, see `Session`. Times are milliseconds since the epoch. */
@Entity('auth_session')
@Index(['userId'])
@Index(['absoluteExpiresAt'])
@Index(['idleExpiresAt'])
@Index(['revokedAt'])
export class AuthSessionEntity {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 64 })
  id: string;

  @Column({ name: 'user_id', type: 'varchar', length: 64 })
  userId: string;

  @Column({ name: 'delivery', type: 'varchar', length: 16 })
  delivery: string;

  @Column({ name: 'remembered', type: 'smallint' })
  remembered: number;

  @Column({ name: 'credentials_version', type: 'int' })
  credentialsVersion: number;

  @Column({ name: 'secret_hash', type: 'varchar', length: 128, nullable: true })
  secretHash: string | null;

  @Column({ name: 'seed', type: 'varchar', length: 64 })
  seed: string;

  @Column({ name: 'generation', type: 'int' })
  generation: number;

  @Column({ name: 'rotated_at', type: 'bigint' })
  rotatedAt: string;

  @Column({ name: 'key_id', type: 'varchar', length: 64 })
  keyId: string;

  /** JSON array. */
  @Column({ name: 'amr', type: 'varchar', length: 255 })
  amr: string;

  @Column({ name: 'auth_time', type: 'bigint' })
  authTime: string;

  @Column({ name: 'created_at', type: 'bigint' })
  createdAt: string;

  @Column({ name: 'last_seen_at', type: 'bigint' })
  lastSeenAt: string;

  @Column({ name: 'idle_expires_at', type: 'bigint' })
  idleExpiresAt: string;

  @Column({ name: 'absolute_expires_at', type: 'bigint' })
  absoluteExpiresAt: string;

  @Column({ name: 'ip', type: 'varchar', length: 64, nullable: true })
  ip: string | null;

  @Column({ name: 'user_agent', type: 'varchar', length: 512, nullable: true })
  userAgent: string | null;

  @Column({ name: 'revoked_at', type: 'bigint', nullable: true })
  revokedAt: string | null;
}

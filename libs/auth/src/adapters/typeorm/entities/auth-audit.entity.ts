import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A row of `auth_audit`, see `AuditEntry`. */
@Entity('auth_audit')
@Index(['userId', 'id'])
@Index(['event', 'id'])
@Index(['at'])
export class AuthAuditEntity {
  /** Lower-case hexadecimal that sorts by time, in every collation. */
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 32 })
  id: string;

  @Column({ name: 'event', type: 'varchar', length: 64 })
  event: string;

  @Column({ name: 'at', type: 'bigint' })
  at: string;

  @Column({ name: 'user_id', type: 'varchar', length: 64, nullable: true })
  userId: string | null;

  @Column({ name: 'session_id', type: 'varchar', length: 64, nullable: true })
  sessionId: string | null;

  @Column({ name: 'ip', type: 'varchar', length: 64, nullable: true })
  ip: string | null;

  @Column({ name: 'user_agent', type: 'varchar', length: 512, nullable: true })
  userAgent: string | null;

  @Column({ name: 'request_id', type: 'varchar', length: 128, nullable: true })
  requestId: string | null;

  /** JSON object. */
  @Column({ name: 'data', type: 'text' })
  data: string;
}

import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A row of `auth_attempt`, see `AttemptBucket`. */
@Entity('auth_attempt')
@Index(['touchedAt'])
export class AuthAttemptEntity {
  @PrimaryColumn({ name: 'bucket', type: 'varchar', length: 128 })
  bucket: string;

  @Column({ name: 'consecutive', type: 'int' })
  consecutive: number;

  @Column({ name: 'level', type: 'int' })
  level: number;

  @Column({ name: 'blocked_until', type: 'bigint' })
  blockedUntil: string;

  @Column({ name: 'pending', type: 'int' })
  pending: number;

  @Column({ name: 'pending_until', type: 'bigint' })
  pendingUntil: string;

  /**
   * Times of the newest failures, newest first, as decimal numbers of 13 digits each: the nth is a substring and compares as text, so that
   * one statement can look into the window on every database. 99 = hard stop of at most 100, less one.
   */
  @Column({ name: 'recent_failures', type: 'varchar', length: 1287 })
  recentFailures: string;

  /** 1 when the newest reservation was granted, 2 when it was refused; how MySQL, without a conditional upsert, carries the decision through one. */
  @Column({ name: 'granted', type: 'smallint' })
  granted: number;

  @Column({ name: 'touched_at', type: 'bigint' })
  touchedAt: string;
}

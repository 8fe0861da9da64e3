import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A row of `auth_outbox`, see `OutboxMessage`. */
@Entity('auth_outbox')
@Index(['dedupKey'], { unique: true })
@Index(['status', 'availableAt'])
export class AuthOutboxEntity {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 32 })
  id: string;

  @Column({ name: 'kind', type: 'varchar', length: 64 })
  kind: string;

  @Column({ name: 'dedup_key', type: 'varchar', length: 128, nullable: true })
  dedupKey: string | null;

  /** Sealed; `null` once the message is finished. */
  @Column({ name: 'payload', type: 'text', nullable: true })
  payload: string | null;

  /** `pending`, `sent`, `discarded` or `dead`. */
  @Column({ name: 'status', type: 'varchar', length: 16 })
  status: string;

  @Column({ name: 'attempts', type: 'int' })
  attempts: number;

  /** Who holds it, or held it last. */
  @Column({ name: 'claimed_by', type: 'varchar', length: 32, nullable: true })
  claimedBy: string | null;

  @Column({ name: 'created_at', type: 'bigint' })
  createdAt: string;

  /** Not to be claimed before: while it is claimed, when the claim is over. Once it is finished, when that was. */
  @Column({ name: 'available_at', type: 'bigint' })
  availableAt: string;
}

import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A row of `auth_revocation`, see `Revocation`. */
@Entity('auth_revocation')
@Index(['at'])
export class AuthRevocationEntity {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 32 })
  id: string;

  @Column({ name: 'kind', type: 'varchar', length: 16 })
  kind: string;

  @Column({ name: 'subject', type: 'varchar', length: 64 })
  subject: string;

  /** Milliseconds since the epoch by the database's clock. */
  @Column({ name: 'at', type: 'bigint' })
  at: string;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `auth_lease`, see `LeaseRepository`. */
@Entity('auth_lease')
export class AuthLeaseEntity {
  @PrimaryColumn({ name: 'name', type: 'varchar', length: 64 })
  name: string;

  @Column({ name: 'holder', type: 'varchar', length: 64 })
  holder: string;

  /** Milliseconds since the epoch by the database's clock. */
  @Column({ name: 'expires_at', type: 'bigint' })
  expiresAt: string;
}

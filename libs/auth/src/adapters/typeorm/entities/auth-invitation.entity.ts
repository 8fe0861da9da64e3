import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A row of `auth_invitation`, see `Invitation`. */
@Entity('auth_invitation')
@Index(['inviterId', 'email'], { unique: true })
@Index(['expiresAt'])
export class AuthInvitationEntity {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 32 })
  id: string;

  @Column({ name: 'email', type: 'varchar', length: 320 })
  email: string;

  @Column({ name: 'inviter_id', type: 'varchar', length: 64 })
  inviterId: string;

  /** JSON list of role names. */
  @Column({ name: 'roles', type: 'text' })
  roles: string;

  @Column({ name: 'created_at', type: 'bigint' })
  createdAt: string;

  @Column({ name: 'expires_at', type: 'bigint' })
  expiresAt: string;
}

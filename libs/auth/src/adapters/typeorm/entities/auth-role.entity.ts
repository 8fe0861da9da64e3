import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A row of `auth_role`. */
@Entity('auth_role')
export class AuthRoleEntity {
  @PrimaryColumn({ name: 'name', type: 'varchar', length: 64 })
  name: string;

  /** JSON array. */
  @Column({ name: 'permissions', type: 'text' })
  permissions: string;
}

/** A row of `auth_user_role`: a role that a user holds. */
@Entity('auth_user_role')
@Index(['role'])
export class AuthUserRoleEntity {
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 64 })
  userId: string;

  @PrimaryColumn({ name: 'role', type: 'varchar', length: 64 })
  role: string;
}

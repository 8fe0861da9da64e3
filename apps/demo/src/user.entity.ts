import { LatchkeyUser } from 'nestjs-latchkey/typeorm';
import { Column, Entity } from 'typeorm';

/** The application's own user: what Latchkey needs, and a column of ours. */
@Entity('auth_user')
export class User extends LatchkeyUser {
  @Column({ name: 'plan', type: 'varchar', length: 16, default: 'free' })
  plan: string;
}

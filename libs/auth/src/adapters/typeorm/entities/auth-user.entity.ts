import { Entity } from 'typeorm';
import { LatchkeyUser } from './latchkey-user.entity.js';

/** The user of applications that bring no entity of their own. */
@Entity('auth_user')
export class AuthUserEntity extends LatchkeyUser {}

import type { AuthUser } from './user.repository.js';

/** Who is choosing the password, as far as it is known. */
export interface PasswordContext {
  /** Folded. */
  email?: string;
  name?: string | null;
  /** `undefined` at sign-up. */
  user?: AuthUser;
}

export interface PasswordFault {
  code: 'password_too_short' | 'password_too_long' | 'password_blocked';
  message: string;
}

/** Decides whether a password may be set; asked on every path that sets one. Provide your own to replace all built-in rules. */
export abstract class PasswordPolicy {
  /** Every fault, in a stable order; empty when the password may be set. The password is as typed. */
  abstract check(password: string, context: PasswordContext): Promise<PasswordFault[]>;
}

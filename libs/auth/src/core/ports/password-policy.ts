import type { AuthUser } from './user.repository.js';

/** Who is choosing the password, as far as it is known. */
export interface PasswordContext {
  /** Folded. */
  email?: string;
  name?: string | null;
  /** `undefined` at sign-up. */
  user?: AuthUser;
}

/** Why a password of a proper length is refused all the same. */
export type BlockingRule = 'common' | 'repetition' | 'sequence' | 'word' | 'context' | 'weak' | 'breached';

export interface PasswordFault {
  code: 'password_too_short' | 'password_too_long' | 'password_blocked';
  message: string;
  /** Of `password_blocked`: a {@link BlockingRule}, or a name of your own. */
  rule?: string;
}

/** Decides whether a password may be set; asked on every path that sets one. Provide your own to replace all built-in rules. */
export abstract class PasswordPolicy {
  /** Every fault, in a stable order; empty when the password may be set. The password is as typed. */
  abstract check(password: string, context: PasswordContext): Promise<PasswordFault[]>;
}

/** Knows passwords that have leaked. When it fails or takes over a second, the password is accepted without it. */
export interface BreachCheck {
  /** @param signal aborted when nobody waits for the answer any more */
  isBreached(password: string, signal: AbortSignal): Promise<boolean>;
}

/** Tells whether a password that breaks no rule is strong enough. */
export interface StrengthEstimate {
  /** Called while the application starts: what it needs and cannot find should fail here. */
  prepare?(): Promise<void>;
  /** @param words what somebody who knows the person and the application would try, in lower case */
  isStrong(password: string, words: readonly string[]): Promise<boolean> | boolean;
}

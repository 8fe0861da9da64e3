import { Injectable } from '@nestjs/common';
import type { ClientInfo } from '../events/client-info.js';
import type { Mail } from '../ports/mail-transport.js';

/** Somebody who wants an account, and has not proved the address yet. */
export interface PendingSignUp {
  /** Folded. */
  email: string;
  passwordHash: string;
  profile: Record<string, unknown>;
  client: ClientInfo;
}

/** What a room does that wants addresses proved before accounts are made. */
export interface PendingSignUpKeeper {
  /**
   * Keeps a sign-up until its address is proved. The same statements whether or not the address has an account.
   *
   * @param ask asks the sign-up policies, in the keeper's unit of work; what they throw is the answer
   * @returns the body of the 202
   */
  keep(signUp: PendingSignUp, ask: (transaction: unknown) => Promise<void>): Promise<Record<string, unknown>>;

  /** The password of the newest sign-up of an address. One statement. */
  passwordOf(email: string): Promise<string | null>;

  /** The mail that asks again for the proof of an address, for whoever waits for another one; `null` when no sign-up of it waits. */
  reminder(email: string): Promise<Mail | null>;

  /** The password of a pending sign-up was right. @throws always: the answer */
  refuse(email: string, client: ClientInfo): Promise<never>;
}

/**
 * Where sign-up and sign-in meet the room that keeps sign-ups until their address is proved. Without such a room, accounts are made at once
 * and nothing here costs anything.
 */
@Injectable()
export class PendingSignUps {
  private registered: PendingSignUpKeeper | null = null;

  /** While the application starts. @throws TypeError when another room does the same */
  register(keeper: PendingSignUpKeeper): void {
    if (this.registered !== null) throw new TypeError('Two rooms want to keep sign-ups until their address is proved');
    this.registered = keeper;
  }

  /** `null` when accounts are made at once. */
  get keeper(): PendingSignUpKeeper | null {
    return this.registered;
  }
}

/** A single-use secret at rest. Times are milliseconds since the epoch. */
export interface OneTimeToken {
  /** Public half, 22 characters of base64url. */
  selector: string;
  /** Keyed hash of the secret half. */
  secretHash: string;
  /** What it is for, e.g. `password-reset`. */
  purpose: string;
  /** Of one purpose and subject only the newest exists: a user id, an invitation's id, a browser's state. */
  subject: string;
  /** Finds what belongs together and has no account yet, e.g. a keyed hash of an address; `null` for most. At most 64 characters. */
  groupKey: string | null;
  userId: string | null;
  /** The user's `emailVersion` when it was issued. */
  emailVersion: number | null;
  /** What the flow needs back, as JSON; never a credential in the clear. */
  payload: Record<string, unknown> | null;
  createdAt: number;
  expiresAt: number;
}

/** Keeps single-use secrets until used, replaced or expired. Only keyed hashes reach it. */
export abstract class OneTimeTokenRepository {
  /** Inserts, and in the same statement replaces the earlier one of the same purpose and subject: parallel calls leave exactly one. */
  abstract replace(token: OneTimeToken): Promise<void>;

  /** Looks without consuming; expired rows too. */
  abstract find(selector: string): Promise<OneTimeToken | null>;

  /** The one of this purpose and subject; expired rows too. */
  abstract findBySubject(purpose: string, subject: string): Promise<OneTimeToken | null>;

  /** Of a purpose and group the one that was made last and has not expired at `now`. One statement. */
  abstract findNewest(purpose: string, groupKey: string, now: number): Promise<OneTimeToken | null>;

  /**
   * Removes the row when selector, purpose and hash match and it has not expired at `now`.
   * Of N parallel calls exactly one returns `true`; a call with the wrong purpose or hash removes nothing.
   */
  abstract consume(selector: string, purpose: string, secretHash: string, now: number): Promise<boolean>;

  /** Removes all of a user, or those of one purpose; returns how many. */
  abstract deleteByUser(userId: string, purpose?: string): Promise<number>;

  /** Removes those of one purpose and group; returns how many. */
  abstract deleteGroup(purpose: string, groupKey: string): Promise<number>;

  /** Removes at most `limit` rows that expired before `before`; returns how many. */
  abstract deleteExpired(before: number, limit: number): Promise<number>;
}

/** What a process must forget: one session, every session of a user, or what it remembers of a user's roles. */
export type RevocationKind = 'session' | 'user' | 'roles';

/** As the subject of `roles`: what is remembered of the roles of every user, because a role itself has changed. */
export const EVERYBODY = '*';

export interface Revocation {
  kind: RevocationKind;
  /** A session id for `session`, else a user id; for `roles` also {@link EVERYBODY}. */
  subject: string;
}

export interface LoggedRevocation extends Revocation {
  /** Unique; the same row is read again as long as it is inside the window. */
  id: string;
}

/**
 * What was revoked lately, in SQL, so that every process learns of it without any message arriving.
 *
 * Rows are written in the unit of work of the act that they tell of. Their time is the *database's* (or is made comparable by the
 * adapter), so that clocks of nodes do not matter.
 */
export abstract class RevocationLog {
  /** Inside the current unit of work. */
  abstract append(revocations: readonly Revocation[]): Promise<void>;

  /**
   * One short read: everything appended during the last `windowMs` milliseconds that has committed by now.
   * The window is longer than the longest unit of work, since commits appear out of order.
   *
   * @throws StoreUnavailableException
   */
  abstract recent(windowMs: number): Promise<LoggedRevocation[]>;

  /** Removes at most `limit` rows older than `olderThanMs`; returns how many. */
  abstract deleteOlder(olderThanMs: number, limit: number): Promise<number>;
}

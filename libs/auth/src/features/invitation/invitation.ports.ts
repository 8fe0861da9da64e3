/** An invitation that was neither accepted nor revoked. Times are milliseconds since the epoch. */
export interface Invitation {
  /** 22 characters of base64url. */
  id: string;
  /** Folded. */
  email: string;
  /** User id. */
  inviterId: string;
  /** What the account will hold; the inviter held them when inviting, and must still hold them when it is accepted. */
  roles: string[];
  createdAt: number;
  expiresAt: number;
}

/** Pending invitations: table `auth_invitation`. Their tokens are one-time tokens with the invitation's id as subject. */
export abstract class InvitationRepository {
  /** Inserts, and in the same statement replaces the earlier one of the same inviter and address: parallel calls leave exactly one. */
  abstract replace(invitation: Invitation): Promise<void>;

  /** An expired one too. */
  abstract find(id: string): Promise<Invitation | null>;

  /** Those of the inviter that expire after `now`, newest first, at most `limit`. */
  abstract listPending(inviterId: string, now: number, limit: number): Promise<Invitation[]>;

  /** Moves `expiresAt` of one that has not expired at `now`. `false` when it is gone, expired or somebody else's. One statement. */
  abstract prolong(id: string, inviterId: string, now: number, expiresAt: number): Promise<boolean>;

  /**
   * Removes one that has not expired at `now`; with `inviterId` only theirs. Of N parallel calls, whoever makes them, exactly one returns
   * `true`: that one has accepted or revoked it.
   */
  abstract take(id: string, now: number, inviterId?: string): Promise<boolean>;

  /** Removes at most `limit` that expired before `before`; returns how many. */
  abstract deleteExpired(before: number, limit: number): Promise<number>;
}

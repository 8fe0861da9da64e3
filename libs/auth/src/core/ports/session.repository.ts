import type { AuthUser } from './user.repository.js';

/** How a client holds its session. */
export type SessionDelivery = 'bearer' | 'cookie';

/** One session, which is also one family of refresh tokens. All times are milliseconds since the epoch. */
export interface Session {
  /** Public name, 22 characters of base64url (128 random bits); never a credential. */
  id: string;
  userId: string;
  delivery: SessionDelivery;
  remembered: boolean;
  /** The user's `credentialsVersion` when the session was opened or renewed. */
  credentialsVersion: number;
  /** Keyed hash of the cookie's secret; `null` for bearer sessions. */
  secretHash: string | null;
  /** 32 random bytes, base64url, without which no refresh token of this session can be derived. */
  seed: string;
  /** Number of the current refresh token, from 1. */
  generation: number;
  /** When the current generation was made. */
  rotatedAt: number;
  /** Name of the key that made the current token. */
  keyId: string;
  /** Authentication methods, RFC 8176. */
  amr: string[];
  /** When the user last proved who they are. */
  authTime: number;
  createdAt: number;
  lastSeenAt: number;
  idleExpiresAt: number;
  absoluteExpiresAt: number;
  ip: string | null;
  userAgent: string | null;
  /** `null` while it lives. */
  revokedAt: number | null;
}

/** A session with what decides whether it lives. */
export interface SessionWithOwner {
  session: Session;
  /** `null` when the account is gone. */
  user: AuthUser | null;
}

/** A session with as little of its owner as its liveness needs. */
export interface SessionState {
  session: Session;
  /** The account exists, is not disabled, not locked, and its `credentialsVersion` is the session's. */
  ownerHolds: boolean;
}

export interface SessionRotation {
  id: string;
  /** The generation that is presented; the row must still be at it. */
  generation: number;
  /** The seed under which it was verified; the row must still have it (a renewal in between makes this rotation fail). */
  seed: string;
  keyId: string;
  now: number;
  idleExpiresAt: number;
}

export interface SessionRenewal {
  id: string;
  /** Only while the row has this secret; left out, whatever it has. */
  ifSecretHash?: string | null;
  credentialsVersion: number;
  secretHash: string | null;
  seed: string;
  keyId: string;
  authTime: number;
  amr: string[];
  now: number;
  idleExpiresAt: number;
}

/** The same cookie, kept under another key. */
export interface SessionRekeying {
  id: string;
  /** The hash that was verified; the row must still have it. */
  from: string;
  secretHash: string;
  keyId: string;
}

export interface SessionActivity {
  id: string;
  lastSeenAt: number;
  idleExpiresAt: number;
}

/**
 * Sessions. The row is the truth about a session; every memory of it is derived.
 *
 * `rotate`, `renew`, `rekey`, `carryOver` and `revoke` are single conditional statements: of N parallel calls that may happen once, exactly one returns `true`.
 * A session is *live* while `revokedAt` is null and both expiries lie after `now`, and its owner holds (see {@link SessionState}).
 */
export abstract class SessionRepository {
  abstract insert(session: Session): Promise<void>;

  /** One statement, whatever the state; `null` when there is no such row. */
  abstract findState(id: string): Promise<SessionState | null>;

  /** One statement, whatever the state, with the whole user; used by refresh. */
  abstract findWithOwner(id: string): Promise<SessionWithOwner | null>;

  /** Live ones of the user, most recently seen first. */
  abstract listLive(userId: string, now: number): Promise<Session[]>;

  /**
   * `generation + 1`, when the row is still at `generation` and `seed`, not revoked and not expired at `now`.
   * Sets `rotatedAt`, `lastSeenAt` (to `now`), `keyId` and `idleExpiresAt`.
   */
  abstract rotate(rotation: SessionRotation): Promise<boolean>;

  /**
   * New secrets for the same session, which starts again at generation 1, when the row is not revoked, not expired at `now` and still has
   * `ifSecretHash`, if given: every earlier credential of it is dead. Also sets `rotatedAt` and `lastSeenAt` to `now`.
   */
  abstract renew(renewal: SessionRenewal): Promise<boolean>;

  /**
   * Takes a session over to new credentials of its user with the secrets that it has: sets `credentialsVersion` when the row is not revoked
   * and not expired at `now`.
   */
  abstract carryOver(id: string, credentialsVersion: number, now: number): Promise<boolean>;

  /** The user has proved again who they are (step-up): sets `authTime` and `amr` when the row is not revoked and not expired at `now`. */
  abstract reauthenticate(id: string, authTime: number, amr: string[], now: number): Promise<boolean>;

  /** Moves `lastSeenAt` and `idleExpiresAt` forward, never back, and never on a revoked row. */
  abstract touch(activity: SessionActivity): Promise<void>;

  /** Sets `secretHash` and `keyId` when the row still has the hash `from` and is not revoked. */
  abstract rekey(rekeying: SessionRekeying): Promise<boolean>;

  /** `true` when this call ended a session that was not revoked. With `userId`, only that user's. */
  abstract revoke(id: string, now: number, userId?: string): Promise<boolean>;

  /** Ends all sessions of the user that are not revoked, but `exceptId`; returns how many this call ended. */
  abstract revokeAll(userId: string, now: number, exceptId?: string): Promise<number>;

  /** Removes at most `limit` rows whose absolute expiry, idle expiry or revocation lies before `before`; returns how many. */
  abstract deleteExpired(before: number, limit: number): Promise<number>;
}

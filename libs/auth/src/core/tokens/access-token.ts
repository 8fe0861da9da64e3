/** RFC 9068 section 2.1: an access token says what it is, so that no other kind of token passes for one. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** Longer tokens are refused before anything is computed. */
export const MAX_TOKEN_LENGTH = 8 * 1024;

/** Even a rightly signed token must not live longer; also the most that `tokens.accessTtl` may be. Milliseconds. */
export const MAX_ACCESS_TTL = 60 * 60 * 1000;

/** How far ahead of ours the clock of the node that signed may be. Milliseconds. */
export const CLOCK_LEEWAY = 5 * 1000;

/** Who says it and for whom: both are compared exactly. */
export interface AccessTokenAudience {
  issuer: string;
  audience: string;
}

/** What a token states about its bearer. All times are milliseconds since the epoch. */
export interface AccessTokenSubject {
  /** User id. */
  sub: string;
  /** Session id: revocation goes by it and never by the text of the token. */
  sid: string;
  /** When the user last proved who they are. */
  authTime: number;
  /** How they proved it (RFC 8176). */
  amr: readonly string[];
}

/** A token that passed every check. Frozen: requests share it. */
export interface VerifiedAccessToken extends AccessTokenSubject {
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  /** Everything the token says, as it says it (times in seconds). */
  readonly claims: Readonly<Record<string, unknown>>;
}

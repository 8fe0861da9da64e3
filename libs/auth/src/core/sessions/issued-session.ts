import type { Session } from '../ports/session.repository.js';

export interface BearerCredentials {
  delivery: 'bearer';
  accessToken: string;
  refreshToken: string;
  tokenType: 'Bearer';
  /** Seconds until the access token expires. */
  expiresIn: number;
}

export interface CookieCredentials {
  delivery: 'cookie';
  value: string;
  /** Seconds; `null` for a cookie that ends with the browser. */
  maxAge: number | null;
  /** Value of the cookie by which the device is known from now on, where it was not yet. */
  device?: string;
}

/** What the client is handed: once, and nowhere else. */
export type SessionCredentials = BearerCredentials | CookieCredentials;

export interface IssuedSession {
  session: Session;
  credentials: SessionCredentials;
}

import { createHmac } from 'node:crypto';
import type { PepperKey } from '../options/auth.options.js';

/** Without a pepper the digest only makes the input short: its key is public, and fixed for ever. */
const PUBLIC_KEY = 'latchkey password digest v1';

/** `$lk$v=1,alg=bcrypt-sha384,k=2026$2b$12$…`: what the algorithm was given, the pepper, and the algorithm's own string. */
const ENVELOPE = /^\$lk\$v=1,alg=([a-z0-9]{1,20})-sha384(?:,k=([\w-]{1,32}))?(\$.{1,400})$/s;

/** A noncharacter that marks what follows as escaped, so it is escaped itself. */
const ESCAPE = '\u{10ffff}';
/** Lone surrogates have no UTF-8, and would all become the same replacement character. */
const ESCAPED = /[\p{Surrogate}\u{10ffff}]/gu;

export interface Envelope {
  algorithm: string;
  pepperId: string | undefined;
  encoded: string;
}

/** Valid UTF-8, and different for different passwords. */
export function passwordBytes(password: string): Buffer {
  const text = password.replace(ESCAPED, (unit) => `${ESCAPE}${(unit.codePointAt(0) as number).toString(16)};`);
  return Buffer.from(text, 'utf8');
}

/** HMAC-SHA-384 in base64: 64 characters, so within bcrypt's 72 bytes, and without NUL, at which bcrypt may stop. */
export function passwordDigest(password: string, pepper: PepperKey | undefined): Buffer {
  const digest = createHmac('sha384', pepper?.secret ?? PUBLIC_KEY).update(passwordBytes(password));
  return Buffer.from(digest.digest('base64'), 'latin1');
}

export function wrap(algorithm: string, pepper: PepperKey | undefined, encoded: string): string {
  return `$lk$v=1,alg=${algorithm}-sha384${pepper === undefined ? '' : `,k=${pepper.id}`}${encoded}`;
}

/** `null` for a string that is not wrapped: then the password itself was hashed. */
export function unwrap(hash: string): Envelope | null {
  const match = ENVELOPE.exec(hash);
  if (match === null) return null;
  return { algorithm: match[1] as string, pepperId: match[2], encoded: match[3] as string };
}

import { randomBytes } from 'node:crypto';

/** `bytes` bytes of the operating system's randomness as base64url. 32 (256 bits) unless there is a reason for less. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';

/** Strings count as UTF-8. A number and its decimal digits as a string are different parts. */
export type HashPart = string | number | Uint8Array;

const TAG_BYTES = 0;
const TAG_STRING = 1;
const TAG_NUMBER = 2;

/** Every part carries its type and its length, so that ("ab", "c") and ("a", "bc") have nothing in common. */
function frame(parts: readonly HashPart[]): Buffer {
  const framed: Buffer[] = [];
  for (const part of parts) {
    const bytes = part instanceof Uint8Array ? part : Buffer.from(String(part), 'utf8');
    const head = Buffer.alloc(5);
    head[0] = typeof part === 'string' ? TAG_STRING : typeof part === 'number' ? TAG_NUMBER : TAG_BYTES;
    head.writeUInt32BE(bytes.byteLength, 1);
    framed.push(head, bytes as Buffer);
  }
  return Buffer.concat(framed);
}

/** HMAC-SHA256 over unambiguously framed `parts`: 43 characters of base64url. */
export function keyedHash(key: KeyObject, ...parts: HashPart[]): string {
  return createHmac('sha256', key).update(frame(parts)).digest('base64url');
}

/** Compares without telling by its time where two texts of equal length differ. Their length is no secret. */
export function constantTimeEqual(a: string, b: string): boolean {
  const left = Buffer.from(a, 'utf8');
  const right = Buffer.from(b, 'utf8');
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}

import { randomBytes, scrypt as derive, timingSafeEqual } from 'node:crypto';
import type { HashAlgorithm } from '../../core/passwords/hash-algorithm.js';
import { fromAnyBase64, powersOfTwo, toPhcBase64 } from './encoding.js';
import { wholeNumber } from './parameters.js';

export interface ScryptOptions {
  /** Cost, a power of two. @default 131072 (2^17) */
  N?: number;
  /** Block size. @default 8 */
  r?: number;
  /** Parallelisation. @default 1 */
  p?: number;
}

interface Parameters {
  ln: number;
  r: number;
  p: number;
}

interface Parsed extends Parameters {
  salt: Buffer;
  key: Buffer;
  ours: boolean;
}

const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** OWASP Password Storage Cheat Sheet: its settings all do at least the work of N=2^13, r=8, p=10. */
const SOUND_WORK = 2 ** 13 * 8 * 10;
/** A stored hash that claims more memory (128 * N * r bytes) or work is not tried: 1 GiB, eight times over. */
const MAX_BLOCKS = 2 ** 23;
const MAX_WORK = 2 ** 26;
const SAMPLE = 2 ** 12 * 8;

const ENCODED = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/.]{11,86})\$([A-Za-z0-9+/.]{22,172})$/;
/** `salt:key` of better-auth, both in hexadecimal; the salt is the text, not the bytes that it spells. */
const BETTER_AUTH = /^([0-9a-f]{32}):([0-9a-f]{128})$/;
const BETTER_AUTH_PARAMETERS: Parameters = { ln: 14, r: 16, p: 1 };

/**
 * scrypt of `node:crypto`, on libuv's thread pool; written as Passlib writes it (`$scrypt$ln=17,r=8,p=1$…`). It is given a digest
 * of the password, since to HMAC, its first step, a key and the same with NUL behind it are one (RFC 2104 section 2).
 */
export function scrypt(options: ScryptOptions = {}): HashAlgorithm {
  const today: Parameters = {
    ln: wholeNumber('binary logarithm of N of scrypt', Math.log2(options.N ?? 2 ** 17), 1, 23),
    r: wholeNumber('r of scrypt', options.r ?? 8, 1, 255),
    p: wholeNumber('p of scrypt', options.p ?? 1, 1, 255),
  };
  const work = workOf(today);
  return {
    id: 'scrypt',
    needsDigest: true,
    weakness:
      work < SOUND_WORK ? 'scrypt does less work than N=2^17, r=8, p=1 and its equivalents, the least that OWASP asks for.' : null,
    work,
    sample: SAMPLE,
    hash: async (input) => {
      const salt = randomBytes(SALT_BYTES);
      const key = await compute(input, salt, KEY_BYTES, today);
      return `$scrypt$ln=${today.ln},r=${today.r},p=${today.p}$${toPhcBase64(salt)}$${toPhcBase64(key)}`;
    },
    verify: async (input, encoded) => {
      const found = parse(encoded);
      return found !== null && timingSafeEqual(await compute(input, found.salt, found.key.byteLength, found), found.key);
    },
    recognises: (encoded) => parse(encoded) !== null,
    needsRehash: (encoded) => {
      const found = parse(encoded);
      return (
        found === null ||
        !found.ours ||
        found.ln !== today.ln ||
        found.r !== today.r ||
        found.p !== today.p ||
        found.key.byteLength < KEY_BYTES
      );
    },
    workOf: (encoded) => {
      const found = parse(encoded);
      return found === null ? 0 : workOf(found);
    },
    spend: async (input, units) => {
      for (const power of powersOfTwo(units / today.r, 4)) {
        // As much memory as today's hash at most: the rest is repetition.
        const ln = Math.min(power, today.ln);
        await compute(input, input.subarray(0, SALT_BYTES), KEY_BYTES, { ln, r: today.r, p: 2 ** (power - ln) });
      }
    },
  };
}

const workOf = ({ ln, r, p }: Parameters): number => 2 ** ln * r * p;

function parse(encoded: string): Parsed | null {
  const foreign = BETTER_AUTH.exec(encoded);
  if (foreign !== null) {
    const [, salt, key] = foreign as unknown as [string, string, string];
    return { ...BETTER_AUTH_PARAMETERS, salt: Buffer.from(salt), key: Buffer.from(key, 'hex'), ours: false };
  }
  const match = ENCODED.exec(encoded);
  if (match === null) return null;
  const found = { ln: Number(match[1]), r: Number(match[2]), p: Number(match[3]) };
  const { ln, r, p } = found;
  if (ln < 1 || r < 1 || p < 1 || 2 ** ln * r > MAX_BLOCKS || workOf(found) > MAX_WORK) return null;
  return { ...found, salt: fromAnyBase64(match[4] as string), key: fromAnyBase64(match[5] as string), ours: true };
}

function compute(input: Buffer, salt: Buffer, length: number, { ln, r, p }: Parameters): Promise<Buffer> {
  const N = 2 ** ln;
  return new Promise((resolve, reject) => {
    derive(input, salt, length, { N, r, p, maxmem: 128 * r * (N + p + 2) + 1024 }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

import { pbkdf2 as derive, randomBytes, timingSafeEqual } from 'node:crypto';
import type { HashAlgorithm } from '../../core/passwords/hash-algorithm.js';
import { fromAnyBase64, toPhcBase64 } from './encoding.js';
import { wholeNumber } from './parameters.js';

export interface Pbkdf2Options {
  /** @default 'sha512' */
  digest?: 'sha512' | 'sha256';
  /** @default 220000 with sha512, 600000 with sha256 */
  iterations?: number;
}

interface Digest {
  bytes: number;
  /** OWASP Password Storage Cheat Sheet. */
  iterations: number;
  /** What one iteration costs in iterations of SHA-512; measured on x86 with SHA extensions. */
  weight: number;
}

interface Parsed {
  digest: string;
  iterations: number;
  salt: Buffer;
  key: Buffer;
  ours: boolean;
}

const DIGESTS: Readonly<Record<string, Digest>> = {
  sha512: { bytes: 64, iterations: 220_000, weight: 1 },
  sha256: { bytes: 32, iterations: 600_000, weight: 0.45 },
  sha1: { bytes: 20, iterations: 1_400_000, weight: 0.44 },
};
const SALT_BYTES = 16;
/** A stored hash that claims more is not tried. */
const MAX_ITERATIONS = 10_000_000;
const SAMPLE = 10_000;

/** `$pbkdf2-sha512$i=220000$salt$key`, ours; and with the bare number, as Pow (padded) and Passlib (`.` for `+`) write it. */
const PHC = /^\$pbkdf2-(sha1|sha256|sha512)\$(i=)?(\d{1,8})\$([A-Za-z0-9+/.]{1,172}={0,2})\$([A-Za-z0-9+/.]{22,172}={0,2})$/;
/** `pbkdf2_sha256$600000$salt$key`: the salt is text. */
const DJANGO = /^pbkdf2_(sha1|sha256|sha512)\$(\d{1,8})\$([^$\s]{1,128})\$([A-Za-z0-9+/]{22,172}={0,2})$/;

/**
 * PBKDF2 of `node:crypto`, on libuv's thread pool, for those who must use what FIPS 140 approves. It is given a digest of the
 * password, since to HMAC a key and the same with NUL behind it are one (RFC 2104 section 2).
 */
export function pbkdf2(options: Pbkdf2Options = {}): HashAlgorithm {
  const digest = options.digest === 'sha256' ? 'sha256' : 'sha512';
  const { bytes, iterations: sound, weight } = DIGESTS[digest] as Digest;
  const iterations = wholeNumber('iterations of pbkdf2', options.iterations ?? sound, 1, MAX_ITERATIONS);
  return {
    id: 'pbkdf2',
    needsDigest: true,
    weakness:
      iterations < sound ? `pbkdf2 with ${digest} has fewer than ${sound} iterations, the least that OWASP asks for.` : null,
    work: iterations * weight,
    sample: SAMPLE,
    hash: async (input) => {
      const salt = randomBytes(SALT_BYTES);
      const key = await compute(input, salt, iterations, bytes, digest);
      return `$pbkdf2-${digest}$i=${iterations}$${toPhcBase64(salt)}$${toPhcBase64(key)}`;
    },
    verify: async (input, encoded) => {
      const found = parse(encoded);
      return (
        found !== null &&
        timingSafeEqual(await compute(input, found.salt, found.iterations, found.key.byteLength, found.digest), found.key)
      );
    },
    recognises: (encoded) => parse(encoded) !== null,
    needsRehash: (encoded) => {
      const found = parse(encoded);
      return (
        found === null ||
        !found.ours ||
        found.digest !== digest ||
        found.iterations !== iterations ||
        found.key.byteLength !== bytes
      );
    },
    workOf: (encoded) => {
      const found = parse(encoded);
      if (found === null) return 0;
      const of = DIGESTS[found.digest] as Digest;
      // Each block of the key costs all iterations anew (RFC 8018 section 5.2).
      return found.iterations * of.weight * Math.ceil(found.key.byteLength / of.bytes);
    },
    spend: async (input, units) => {
      const missing = Math.round(units / weight);
      if (missing > 0) await compute(input, input, missing, bytes, digest);
    },
  };
}

function parse(encoded: string): Parsed | null {
  const phc = PHC.exec(encoded);
  const django = phc === null ? DJANGO.exec(encoded) : null;
  if (phc === null && django === null) return null;
  const [digest, iterations, salt, key] =
    phc !== null
      ? [phc[1], phc[3], fromAnyBase64(phc[4] as string), phc[5]]
      : [django?.[1], django?.[2], Buffer.from(django?.[3] as string), django?.[4]];
  const rounds = Number(iterations);
  if (rounds < 1 || rounds > MAX_ITERATIONS) return null;
  return { digest: digest as string, iterations: rounds, salt, key: fromAnyBase64(key as string), ours: phc?.[2] !== undefined };
}

function compute(input: Buffer, salt: Buffer, iterations: number, length: number, digest: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    derive(input, salt, iterations, length, digest, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

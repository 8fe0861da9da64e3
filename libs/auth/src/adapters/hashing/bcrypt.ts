import native from 'bcrypt';
import type { HashAlgorithm } from '../../core/passwords/hash-algorithm.js';
import { powersOfTwo } from './encoding.js';
import { wholeNumber } from './parameters.js';

export interface BcryptOptions {
  /** Binary logarithm of the rounds. @default 12 */
  cost?: number;
}

const MIN_COST = 4;
/** About three seconds; a stored hash that claims more is not tried. */
const MAX_COST = 16;
/** OWASP Password Storage Cheat Sheet. */
const SOUND_COST = 10;
const SAMPLE = 2 ** 6;

/** `2a`, `2b` and PHP's `2y` name one algorithm (`2x` does not). */
const ENCODED = /^\$2([aby])\$(\d\d)\$([./A-Za-z0-9]{53})$/;
/** A salt for work whose result is forgotten. */
const NO_SALT = '.'.repeat(22);

/**
 * bcrypt on libuv's thread pool. The default because it is what most applications have. It is given a digest of the password and
 * not the password, since it ignores what comes after 72 bytes (and some after a NUL); foreign hashes of this form are verified
 * as the other system made them.
 */
export function bcrypt(options: BcryptOptions = {}): HashAlgorithm {
  const cost = wholeNumber('cost of bcrypt', options.cost ?? 12, MIN_COST, MAX_COST);
  return {
    id: 'bcrypt',
    needsDigest: true,
    weakness: cost < SOUND_COST ? `bcrypt with cost ${cost} is weak; OWASP asks for at least ${SOUND_COST}.` : null,
    work: 2 ** cost,
    sample: SAMPLE,
    hash: (input) => native.hash(input, cost),
    verify: async (input, encoded) => costOf(encoded) !== null && native.compare(input, `$2b${encoded.slice(3)}`),
    recognises: (encoded) => costOf(encoded) !== null,
    needsRehash: (encoded) => costOf(encoded) !== cost || !encoded.startsWith('$2b'),
    workOf: (encoded) => 2 ** (costOf(encoded) ?? -Infinity),
    spend: async (input, units) => {
      for (const power of powersOfTwo(units, MIN_COST)) {
        await native.hash(input, `$2b$${String(power).padStart(2, '0')}$${NO_SALT}`);
      }
    },
  };
}

function costOf(encoded: string): number | null {
  const match = ENCODED.exec(encoded);
  const cost = Number(match?.[2]);
  return match !== null && cost >= MIN_COST && cost <= MAX_COST ? cost : null;
}

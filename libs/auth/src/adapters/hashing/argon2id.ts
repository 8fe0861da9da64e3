import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import type { HashAlgorithm } from '../../core/passwords/hash-algorithm.js';
import { wholeNumber } from './parameters.js';

export interface Argon2idOptions {
  /** KiB. @default 19456 */
  memory?: number;
  /** Passes. @default 2 */
  time?: number;
  /** Lanes. @default 1 */
  parallelism?: number;
}

interface Parameters {
  memory: number;
  time: number;
  parallelism: number;
}

/** What we use of `@node-rs/argon2`, so that the optional package stays out of our types. */
interface Argon2 {
  hash: (input: Uint8Array, options: object) => Promise<string>;
  verify: (encoded: string, input: Uint8Array) => Promise<boolean>;
}

const ARGON2ID = 2;
/** OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane. */
const DEFAULTS: Parameters = { memory: 19_456, time: 2, parallelism: 1 };
/** OWASP's weakest equivalent setting (7 MiB, five passes) does as much work as this. */
const SOUND_WORK = 7_168 * 5;
/** A stored hash that claims more is not tried: 1 GiB, and 16 passes over it. */
const MAX_MEMORY = 1024 * 1024;
const MAX_WORK = MAX_MEMORY * 16;
const SAMPLE = 4_096;

/** PHC strings of all three variants, as Argon2's own tools and Passlib write them; Django puts its name before. */
const ENCODED =
  /^(?:argon2)?(\$argon2(id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,5}),p=(\d{1,3})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,86})$/;

/** Argon2id by `@node-rs/argon2`, which is to be installed beside this library. */
export function argon2id(options: Argon2idOptions = {}): HashAlgorithm {
  const parallelism = wholeNumber('parallelism of argon2id', options.parallelism ?? DEFAULTS.parallelism, 1, 255);
  const memory = wholeNumber('memory of argon2id', options.memory ?? DEFAULTS.memory, 8 * parallelism, MAX_MEMORY);
  const time = wholeNumber('time of argon2id', options.time ?? DEFAULTS.time, 1, 1000);
  const work = memory * time;
  const settings = (changes: Partial<Parameters> = {}): object => ({
    algorithm: ARGON2ID,
    memoryCost: changes.memory ?? memory,
    timeCost: changes.time ?? time,
    parallelism: changes.parallelism ?? parallelism,
  });

  return {
    id: 'argon2id',
    needsDigest: false,
    weakness: work < SOUND_WORK ? 'argon2id has less than 19456 KiB and two passes, the least that OWASP asks for.' : null,
    work,
    sample: SAMPLE,
    hash: async (input) => (await argon2()).hash(input, settings()),
    verify: async (input, encoded) => {
      const parsed = parse(encoded);
      if (parsed === null) return false;
      const { verify } = await argon2();
      try {
        return await verify(parsed.phc, input);
      } catch {
        return false;
      }
    },
    recognises: (encoded) => parse(encoded) !== null,
    needsRehash: (encoded) => {
      const found = parse(encoded);
      return (
        found === null ||
        found.phc !== encoded ||
        found.variant !== 'id' ||
        found.memory !== memory ||
        found.time !== time ||
        found.parallelism !== parallelism
      );
    },
    workOf: (encoded) => {
      const found = parse(encoded);
      return found === null ? 0 : found.memory * found.time;
    },
    spend: async (input, units) => {
      const { hash } = await argon2();
      const passes = Math.floor(units / memory);
      const rest = Math.round(units % memory);
      if (passes > 0) await hash(input, settings({ time: passes }));
      if (rest >= 8) await hash(input, settings({ memory: rest, time: 1, parallelism: 1 }));
    },
  };
}

function parse(encoded: string): (Parameters & { phc: string; variant: string }) | null {
  const match = ENCODED.exec(encoded);
  if (match === null) return null;
  const [memory, time, parallelism] = [Number(match[3]), Number(match[4]), Number(match[5])];
  if (time < 1 || parallelism < 1 || memory < 8 * parallelism || memory > MAX_MEMORY || memory * time > MAX_WORK) return null;
  return { phc: match[1] as string, variant: match[2] as string, memory, time, parallelism };
}

/** @throws {AuthConfigurationError} with the command that installs the package */
async function argon2(): Promise<Argon2> {
  try {
    return await import('@node-rs/argon2');
  } catch (cause) {
    const problem = { option: 'hasher', problem: 'argon2id needs @node-rs/argon2.', remedy: 'Run: npm install @node-rs/argon2' };
    throw new AuthConfigurationError([problem], { cause });
  }
}

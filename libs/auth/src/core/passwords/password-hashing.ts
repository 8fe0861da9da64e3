import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import { StoreUnavailableException } from '../errors/auth.errors.js';
import type { PepperKey } from '../options/auth.options.js';
import { type HashingFacts, PasswordHasher } from '../ports/password-hasher.js';
import type { HashAlgorithm } from './hash-algorithm.js';
import type { HashGate } from './hash-gate.js';
import { passwordBytes, passwordDigest, unwrap, wrap } from './password-material.js';

/** A stored string, understood: who verifies it, and against what. */
interface Reading {
  algorithm: HashAlgorithm;
  encoded: string;
  wrapped: boolean;
  pepper: PepperKey | undefined;
}

/** How often a speed is measured; the best counts, since everything that disturbs makes it slower. */
const SPEED_TRIALS = 3;

/**
 * Hashes with one algorithm and verifies all that are known, ours and those of other systems.
 *
 * With a pepper the password goes through HMAC-SHA-384 keyed by it, whatever the algorithm; for an algorithm that confuses some
 * passwords (bcrypt stops after 72 bytes) it goes through HMAC-SHA-384 in any case. The string says so and names the pepper.
 */
export class PasswordHashing extends PasswordHasher {
  /** Units a millisecond, by algorithm; measured when first needed. */
  private readonly speeds = new Map<HashAlgorithm, Promise<number>>();

  /**
   * @param algorithm makes new hashes
   * @param known verify old ones; `algorithm` need not be among them
   * @param peppers the first for new hashes, all verify; hashes of a removed one do not verify any more
   */
  constructor(
    private readonly algorithm: HashAlgorithm,
    private readonly known: readonly HashAlgorithm[],
    private readonly peppers: readonly PepperKey[],
    private readonly gate: HashGate,
  ) {
    super();
  }

  /** Learns how fast this machine is, in a few milliseconds; rejects when the algorithm's package is not installed. For the boot. */
  async prepare(): Promise<void> {
    this.gate.expect(this.algorithm.work / (await this.speedOf(this.algorithm)));
  }

  async hash(password: string): Promise<string> {
    const [pepper] = this.peppers;
    if (!this.digests) return this.gate.run(() => this.algorithm.hash(passwordBytes(password)));
    const encoded = await this.gate.run(() => this.algorithm.hash(passwordDigest(password, pepper)));
    return wrap(this.algorithm.id, pepper, encoded);
  }

  /**
   * A weaker hash of the same algorithm is made up for to the unit (bcrypt 10 against 12: 2^12 - 2^10 more rounds). Of another
   * algorithm, by the speeds measured on this machine: close, not equal. A stronger one than today's cannot be made up for.
   *
   * @throws {StoreUnavailableException} for the hash of an algorithm whose package is not installed: it may well be right
   */
  async verify(password: string, hash: string): Promise<boolean> {
    const reading = this.read(hash);
    if (reading === null) {
      await this.equalise(password);
      return false;
    }
    const { algorithm, encoded, wrapped, pepper } = reading;
    const input = wrapped ? passwordDigest(password, pepper) : passwordBytes(password);
    try {
      // One turn: who queues for a second one is told from everybody else as soon as there is a queue.
      return await this.gate.run(async () => {
        if (await algorithm.verify(input, encoded)) return true;
        const missing = await this.missingWork(reading);
        if (missing > 0) await this.algorithm.spend(this.inputOf(password), missing);
        return false;
      });
    } catch (cause) {
      throw cause instanceof AuthConfigurationError ? new StoreUnavailableException({ cause }) : cause;
    }
  }

  override recognises(hash: string): boolean {
    return this.read(hash) !== null;
  }

  needsRehash(hash: string): boolean {
    const reading = this.read(hash);
    return (
      reading === null ||
      reading.algorithm.id !== this.algorithm.id ||
      reading.wrapped !== this.digests ||
      reading.pepper !== this.peppers[0] ||
      this.algorithm.needsRehash(reading.encoded)
    );
  }

  async equalise(password: string): Promise<void> {
    await this.gate.run(() => this.algorithm.spend(this.inputOf(password), this.algorithm.work));
  }

  override facts(): HashingFacts {
    return { weakness: this.algorithm.weakness };
  }

  private get digests(): boolean {
    return this.peppers.length > 0 || this.algorithm.needsDigest;
  }

  /** What a hash made today would be made of. */
  private inputOf(password: string): ReturnType<typeof passwordBytes> {
    return this.digests ? passwordDigest(password, this.peppers[0]) : passwordBytes(password);
  }

  /** Units of today's algorithm by which a stored hash is weaker; below zero when it is stronger. */
  private async missingWork({ algorithm, encoded }: Reading): Promise<number> {
    const done = algorithm.workOf(encoded);
    if (algorithm.id === this.algorithm.id) return this.algorithm.work - done;
    const [ours, theirs] = await Promise.all([this.speedOf(this.algorithm), this.speedOf(algorithm)]);
    return Math.floor(this.algorithm.work - done * (ours / theirs));
  }

  private read(hash: string): Reading | null {
    if (typeof hash !== 'string') return null;
    const envelope = unwrap(hash);
    const encoded = envelope?.encoded ?? hash;
    const algorithm = [this.algorithm, ...this.known].find(
      (candidate) => (envelope === null || candidate.id === envelope.algorithm) && candidate.recognises(encoded),
    );
    if (algorithm === undefined) return null;
    if (envelope?.pepperId === undefined) return { algorithm, encoded, wrapped: envelope !== null, pepper: undefined };
    const pepper = this.peppers.find(({ id }) => id === envelope.pepperId);
    return pepper === undefined ? null : { algorithm, encoded, wrapped: true, pepper };
  }

  private speedOf(algorithm: HashAlgorithm): Promise<number> {
    let speed = this.speeds.get(algorithm);
    if (speed === undefined) {
      speed = measure(algorithm);
      this.speeds.set(algorithm, speed);
      speed.catch(() => this.speeds.delete(algorithm));
    }
    return speed;
  }
}

async function measure(algorithm: HashAlgorithm): Promise<number> {
  const input = Buffer.alloc(64, 'x');
  let best = Infinity;
  for (let trial = 0; trial < SPEED_TRIALS; trial++) {
    const begun = performance.now();
    await algorithm.spend(input, algorithm.sample);
    best = Math.min(best, performance.now() - begun);
  }
  return algorithm.sample / best;
}

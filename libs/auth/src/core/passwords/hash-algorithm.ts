/**
 * One way to hash passwords, with the parameters configured today. Its strings are self-describing: parameters and salt travel
 * in them. Work happens off the event loop.
 *
 * Peppers, pre-hashing, limits and the choice among algorithms are `PasswordHashing`'s business, not the algorithm's.
 */
export interface HashAlgorithm {
  /** Lower-case letters and digits. */
  readonly id: string;
  /** To this algorithm some different passwords are the same, so that it must be given a digest of the password instead. */
  readonly needsDigest: boolean;
  /** Why these parameters are too weak for production, or `null`. For the boot rule. */
  readonly weakness: string | null;
  /** What one hash with today's parameters costs, in units of the algorithm. */
  readonly work: number;
  /** Units that take a few milliseconds: enough to learn how fast this machine is. */
  readonly sample: number;

  hash(input: Buffer): Promise<string>;
  /** `false` for whatever is not {@link recognises recognised}; never rejects because of `encoded`. */
  verify(input: Buffer, encoded: string): Promise<boolean>;
  /** Whether `encoded` is of this algorithm, well-formed and affordable, in our or a foreign spelling. */
  recognises(encoded: string): boolean;
  /** Other parameters than today's, or a foreign spelling. */
  needsRehash(encoded: string): boolean;
  /** What verifying `encoded` costs, in units of the algorithm; 0 for whatever is not recognised. */
  workOf(encoded: string): number;
  /** Does about so many units of work on `input` and forgets the result. */
  spend(input: Buffer, units: number): Promise<void>;
}

/** The algorithm of new hashes; a value, so it has a symbol of its own. */
export const HASH_ALGORITHM = Symbol('HASH_ALGORITHM');

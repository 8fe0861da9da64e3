/** What a hasher tells about itself, for the boot rules. */
export interface HashingFacts {
  /** Why new hashes are too weak for production, as a sentence; or `null`. */
  weakness: string | null;
}

/**
 * Turns passwords into self-describing strings and checks them. Input is already NFKC-normalised and at most 1,024 bytes.
 *
 * Work happens off the event loop. Nothing is cut: two passwords that differ anywhere differ in their hash.
 */
export abstract class PasswordHasher {
  abstract hash(password: string): Promise<string>;
  /**
   * `false` for a wrong password and for a string that is no hash. Then it has cost what it costs against a hash made today, in one piece:
   * time must not tell whose hash is weaker, and neither must waiting twice for a turn.
   */
  abstract verify(password: string, hash: string): Promise<boolean>;
  /** Algorithm, parameters or pepper differ from those configured today. */
  abstract needsRehash(hash: string): boolean;
  /** Costs what `verify` costs against a hash made today: for accounts that do not exist or have no password. */
  abstract equalise(password: string): Promise<void>;

  /** Whether `hash` is of a form that `verify` can say yes to; asked before a hash of another system is taken over. @default true */
  recognises(_hash: string): boolean {
    return true;
  }

  /** For the boot rules. */
  facts(): HashingFacts {
    return { weakness: null };
  }
}

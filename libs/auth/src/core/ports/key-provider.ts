import type { KeyObject } from 'node:crypto';

export type AsymmetricAlgorithm = 'EdDSA' | 'ES256' | 'RS256';
export type AccessTokenAlgorithm = 'HS256' | AsymmetricAlgorithm;

/** One key pair of the ring. */
export interface SigningKeyPair {
  algorithm: AsymmetricAlgorithm;
  /** Absent for a key that only verifies. */
  privateKey?: KeyObject;
  publicKey: KeyObject;
}

/**
 * Where the keys of access tokens come from when the algorithm is asymmetric: files, environment, a secrets manager.
 * The first pair signs and has its private half; all verify and are published at `/.well-known/jwks.json`.
 */
export abstract class KeyProvider {
  /** The keys are made anew at every start: for tests, and refused in production. @default false */
  readonly isEphemeral?: boolean;
  /** Asked once at boot. */
  abstract keyPairs(): Promise<readonly SigningKeyPair[]>;
}

import type { KeyObject } from 'node:crypto';
import type { Duration } from '../../common/duration.js';

export type AsymmetricAlgorithm = 'EdDSA' | 'ES256' | 'RS256';
export type AccessTokenAlgorithm = 'HS256' | AsymmetricAlgorithm;

/** One key pair of the ring. */
export interface SigningKeyPair {
  algorithm: AsymmetricAlgorithm;
  /** Absent for a key that only verifies. */
  privateKey?: KeyObject;
  publicKey: KeyObject;
}

/** When a provider is asked again, and when what it says acts. */
export interface KeySchedule {
  /** How often a running process asks again. @default never, but by `KeyRotation.reload()` */
  readonly refresh?: Duration;
  /**
   * How long a new first key only verifies (and is published) before it signs, so that every other process and every verifier knows it by
   * then. A key that has left the list is refused at once, whatever this says.
   * @default twice `refresh`, and for key pairs the 5 minutes for which the JWK set may be cached
   */
  readonly leadTime?: Duration;
}

/**
 * Where the keys of access tokens come from when the algorithm is asymmetric: files, environment, a secrets manager.
 * The first pair signs and has its private half; all verify and are published at `/.well-known/jwks.json`.
 */
export abstract class KeyProvider implements KeySchedule {
  readonly refresh?: Duration;
  readonly leadTime?: Duration;
  /** The keys are made anew at every start: for tests, and refused in production. @default false */
  readonly isEphemeral?: boolean;
  /** Asked at boot, and every {@link KeySchedule.refresh}. What it throws stops the boot; later it changes nothing. */
  abstract keyPairs(): Promise<readonly SigningKeyPair[]>;
}

/**
 * Where a running process learns of other secrets: the list that `secret` is at boot, the first signs, all verify.
 * Pass one in `overrides`: `{ provide: SecretProvider, useValue: fileSecrets('/run/secrets/auth') }`.
 */
export abstract class SecretProvider implements KeySchedule {
  readonly refresh?: Duration;
  readonly leadTime?: Duration;
  /** Asked every {@link KeySchedule.refresh}. What it throws changes nothing. */
  abstract secrets(): Promise<readonly string[]>;
}
